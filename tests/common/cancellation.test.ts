import { describe, expect, it, vi } from 'vitest';
import { Cancellation } from '../../src/common/cancellation.ts';

const reason = new Error('nobody waits');

describe('a cancellation', () => {
  it('notifies each listener once, and keeps its first reason', () => {
    const cancellation = new Cancellation();
    const listener = vi.fn();
    cancellation.addEventListener('abort', listener);
    expect(cancellation.aborted).toBe(false);
    cancellation.abort(reason);
    cancellation.abort(new Error('too late'));
    expect(listener).toHaveBeenCalledOnce();
    expect(cancellation).toMatchObject({ aborted: true, reason });
  });

  it('does not notify removed listeners, even if they are removed during notification', () => {
    const cancellation = new Cancellation();
    const [gone, late] = [vi.fn(), vi.fn()];
    cancellation.addEventListener('abort', gone);
    cancellation.removeEventListener('abort', gone);
    cancellation.addEventListener('abort', () => cancellation.addEventListener('abort', late));
    cancellation.abort(reason);
    expect(gone).not.toHaveBeenCalled();
    expect(late).not.toHaveBeenCalled();
  });

  it('throws its reason, and only once it is aborted', () => {
    const cancellation = new Cancellation();
    expect(() => cancellation.throwIfAborted()).not.toThrow();
    cancellation.abort(reason);
    expect(() => cancellation.throwIfAborted()).toThrow(reason);
  });

  it('follows its parent, and not the other way around', () => {
    const parent = new Cancellation();
    const [own, other] = [new Cancellation(parent), new Cancellation(parent)];
    other.abort(new Error('its own'));
    expect(parent.aborted).toBe(false);
    parent.abort(reason);
    expect(own.reason).toBe(reason);
    expect((other.reason as Error).message).toBe('its own');
    expect(new Cancellation(parent).reason).toBe(reason);
  });

  it('follows an AbortSignal as well', () => {
    const controller = new AbortController();
    const cancellation = new Cancellation(controller.signal);
    controller.abort(reason);
    expect(cancellation.reason).toBe(reason);
  });
});
