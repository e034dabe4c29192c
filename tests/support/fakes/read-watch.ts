/** Records which fields of a tree of plain objects are read. */
export class ReadWatch {
  readonly watched: object;
  readonly #read = new Set<string>();
  readonly #root: object;

  constructor(root: object) {
    this.#root = root;
    this.watched = this.#watch(root, '');
  }

  /** Paths of the unread fields, without fields below another unread one. */
  unread(): string[] {
    return this.#unreadBelow(this.#root, '');
  }

  #watch<Node extends object>(node: Node, path: string): Node {
    return new Proxy(node, {
      get: (target, key, receiver) => {
        const value: unknown = Reflect.get(target, key, receiver);
        if (typeof key !== 'string') return value;
        this.#read.add(`${path}/${key}`);
        const isNode = typeof value === 'object' && value !== null;
        return isNode ? this.#watch(value, `${path}/${key}`) : value;
      },
    });
  }

  #unreadBelow(node: unknown, path: string): string[] {
    if (typeof node !== 'object' || node === null) return [];
    return Object.entries(node).flatMap(([key, value]) => {
      const own = `${path}/${key}`;
      return this.#read.has(own) ? this.#unreadBelow(value, own) : [own];
    });
  }
}
