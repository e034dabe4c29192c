/** The exporter does not support this layer or its configuration. */
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

/** The artifacts are not a tfjs LayersModel, or their weights do not match their topology. */
export class InvalidModelError extends Error {
  override readonly name = 'InvalidModelError';
}

/** Thrown by a layer kind, which does not know the name of the layer; converted to an UnsupportedLayerError. */
export class LayerRefusal extends Error {
  override readonly name = 'LayerRefusal';
}

/** @throws LayerRefusal always. */
export function refuse(reason: string): never {
  throw new LayerRefusal(reason);
}
