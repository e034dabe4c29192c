import { describe, expect, it } from 'vitest';
import { traceFrom, traceHeader } from '../../../../src/serving/http/middleware/request-context.ts';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const parentId = '00f067aa0ba902b7';

describe('traceFrom', () => {
  it("continues the caller's trace, in a span of its own", () => {
    const trace = traceFrom(`00-${traceId}-${parentId}-01`)!;
    expect(trace).toMatchObject({ traceId, parentId, flags: '01' });
    expect(trace.spanId).toMatch(/^[0-9a-f]{16}$/);
    expect(trace.spanId).not.toBe(parentId);
    expect(traceHeader(trace)).toBe(`00-${traceId}-${trace.spanId}-01`);
  });

  it('reads what it knows of a later version', () => {
    expect(traceFrom(`cc-${traceId}-${parentId}-01-more`)).toMatchObject({ traceId });
  });

  it.each([
    undefined,
    '',
    `00-${traceId}-${parentId}-01-more`,
    `ff-${traceId}-${parentId}-01`,
    `00-${'0'.repeat(32)}-${parentId}-01`,
    `00-${traceId}-${'0'.repeat(16)}-01`,
    `00-${traceId.toUpperCase()}-${parentId}-01`,
    `00-${traceId}-${parentId}`,
  ])('ignores %s', (header) => {
    expect(traceFrom(header)).toBeUndefined();
  });
});
