/**
 * Looks up an untrusted name in a table. Inherited properties such as `constructor` and `__proto__` are not values of
 * the table.
 */
export function ownValue<Value>(
  table: Readonly<Record<string, Value>>,
  name: string,
): Value | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
