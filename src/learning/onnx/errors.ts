/** The exporter does not know this layer, or not with this configuration. */
export class UnsupportedLayerError extends Error {
  override readonly name = 'UnsupportedLayerError';
  readonly layerName: string;
  readonly className: string;
  readonly reason: string;

  constructor(layerName: string, className: string, reason: string) {
    super(`Layer "${layerName}" (${className}) cannot be exported: ${reason}`);
    this.layerName = layerName;
    this.className = className;
    this.reason = reason;
  }
}

/** The artifacts are no tfjs LayersModel, or their weights do not fit their topology. */
export class InvalidModelError extends Error {
  override readonly name = 'InvalidModelError';
}

/** Thrown by a layer kind, which does not know the layer's name; becomes an UnsupportedLayerError. */
export class LayerRefusal extends Error {
  override readonly name = 'LayerRefusal';
}

/** @throws LayerRefusal always. */
export function refuse(reason: string): never {
  throw new LayerRefusal(reason);
}
