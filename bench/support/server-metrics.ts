/** One line of the Prometheus text format. */
interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** The server's own figures; sums count from its start. */
export interface ServerSnapshot {
  readonly cpuSeconds: number;
  readonly residentBytes: number;
  readonly images: number;
  readonly batches: number;
  /** Since the previous snapshot; NaN if the server does not export it. */
  readonly eventLoopDelayP99Ms: number;
  readonly model: Readonly<Record<string, string>>;
}

/** Reads `/metrics`, which also resets the server's event-loop delay. */
export async function takeSnapshot(origin: string): Promise<ServerSnapshot> {
  const response = await fetch(new URL('/metrics', origin));
  return parseSnapshot(await response.text());
}

/** @param text the Prometheus text format */
export function parseSnapshot(text: string): ServerSnapshot {
  const samples = parseSamples(text);
  const sum = (name: string) =>
    samples.filter((s) => s.name === name).reduce((total, s) => total + s.value, 0);
  const delay = samples.find(
    (s) => s.name === 'face_age_event_loop_delay_seconds' && s.labels.quantile === '0.99',
  );
  const model = samples.find((s) => s.name === 'face_age_model_info' && s.value === 1);
  return {
    cpuSeconds: sum('process_cpu_seconds_total'),
    residentBytes: sum('process_resident_memory_bytes'),
    images: sum('face_age_images_total'),
    batches: sum('face_age_inference_duration_seconds_count'),
    eventLoopDelayP99Ms: delay === undefined ? Number.NaN : delay.value * 1000,
    model: model?.labels ?? {},
  };
}

function parseSamples(text: string): Sample[] {
  const line = /^([a-z_:][\w:]*)(?:\{(.*)\})? ([^ ]+)$/gim;
  const label = /\b([a-z_]\w*)="((?:[^"\\]|\\.)*)"/gi;
  return [...text.matchAll(line)].map(([, name = '', labels = '', value]) => ({
    name,
    labels: Object.fromEntries([...labels.matchAll(label)].map((m) => [m[1]!, m[2]!])),
    value: Number(value),
  }));
}
