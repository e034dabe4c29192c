/** Something the machine lacks; the message says what, and what to do about it. */
export class SetupError extends Error {
  override readonly name = 'SetupError';
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(faults.join('\n'));
    this.faults = faults;
  }
}
