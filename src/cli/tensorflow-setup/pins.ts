/** What TensorFlow can be installed for; a `gpu` library also runs where no GPU is. */
export type Variant = 'cpu' | 'gpu';

export const tensorflowVersion = '2.21.0';

/** One wheel of the Python package index and what is needed of it. */
export interface WheelPin {
  /** Exact pip requirement. */
  readonly requirement: string;
  /** Undefined where the project holds no checksum: pip then checks against the index's own. */
  readonly sha256: string | undefined;
  /** Shell patterns of the members to unpack; `*` also matches `/`. */
  readonly members: readonly string[];
}

/** The libraries, and the headers that the addon's two sources reach. */
const tensorflowMembers = [
  'tensorflow/libtensorflow_cc.so.2',
  'tensorflow/libtensorflow_framework.so.2',
  'tensorflow/include/tensorflow/c/*',
  'tensorflow/include/tensorflow/core/platform/*',
  'tensorflow/include/tsl/*',
  'tensorflow/include/xla/tsl/*',
];

/**
 * The CUDA libraries of the wheel's extra `and-cuda`, each at the lowest version its metadata
 * allows, which is the one TensorFlow was built against.
 */
const cudaRequirements = [
  'nvidia-cublas-cu12==12.5.3.2',
  'nvidia-cuda-cupti-cu12==12.5.82',
  'nvidia-cuda-nvcc-cu12==12.5.82',
  'nvidia-cuda-nvrtc-cu12==12.5.82',
  'nvidia-cuda-runtime-cu12==12.5.82',
  'nvidia-cudnn-cu12==9.3.0.75',
  'nvidia-cufft-cu12==11.2.3.61',
  'nvidia-curand-cu12==10.3.6.82',
  'nvidia-cusolver-cu12==11.6.3.83',
  'nvidia-cusparse-cu12==12.5.1.3',
  'nvidia-nccl-cu12==2.27.7',
  'nvidia-nvjitlink-cu12==12.5.82',
];

const cpuWheels: readonly WheelPin[] = [
  {
    requirement: `tensorflow-cpu==${tensorflowVersion}`,
    sha256: '2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c',
    members: tensorflowMembers,
  },
];

const gpuWheels: readonly WheelPin[] = [
  {
    requirement: `tensorflow==${tensorflowVersion}`,
    sha256: undefined,
    members: tensorflowMembers,
  },
  ...cudaRequirements.map((requirement) => ({
    requirement,
    sha256: undefined,
    members: ['nvidia/*/lib/*', 'nvidia/cuda_nvcc/*'],
  })),
];

/** The wheels of a variant; the first one holds TensorFlow itself. */
export function wheelPins(variant: Variant): readonly WheelPin[] {
  return variant === 'cpu' ? cpuWheels : gpuWheels;
}

/** Room for the wheels and for what is unpacked of them, while both lie on the disk. */
export function diskBytes(variant: Variant): number {
  return variant === 'cpu' ? 1.3e9 : 10e9;
}

/** The wheels are asked for by these tags, whatever Python runs pip: only their C libraries are used. */
export const wheelTags = [
  '--python-version=3.11',
  ...[28, 27, 24, 18, 17].map((minor) => `--platform=manylinux_2_${minor}_x86_64`),
  '--platform=manylinux2014_x86_64',
];
