/**
 * The value of a table under a name that comes from outside. What every object inherits, `constructor` and `__proto__`
 * among it, is no value of the table.
 */
export function ownValue<Value>(
  table: Readonly<Record<string, Value>>,
  name: string,
): Value | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
