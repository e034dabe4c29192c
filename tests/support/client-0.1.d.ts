/*
 * The types of client-0.1.js: the declarations that the compiler wrote for it, in one file. Never edit it either.
 */
/** What the service answers, as plain types: nothing else is needed to use it. A test holds them against its schemas. */
export interface BucketProbability {
    label: string;
    min: number;
    max: number;
    probability: number;
}
export interface ThresholdAnswer {
    age: number;
    /** That the person is at least this old. */
    probability: number;
    decision: 'yes' | 'no' | 'uncertain';
}
/** One photo's answer. */
export interface Prediction {
    id: string;
    index: number;
    filename?: string | undefined;
    /** The most probable of `buckets`. */
    bucket: BucketProbability;
    /** Their probabilities sum to 1. */
    buckets: BucketProbability[];
    /** Years. */
    age: {
        mean: number;
        median: number;
        interval: {
            level: number;
            low: number;
            high: number;
        };
    };
    atLeast: ThresholdAnswer[];
    /** What makes the answer doubtful. */
    warnings: string[];
}
/** Which model answered. */
export interface ModelIdentity {
    name: string;
    version: number;
    engine: 'onnxruntime' | 'tensorflow';
    device: 'cpu' | 'gpu';
    precision: 'fp32' | 'int8';
}
/** An RFC 9457 problem document. */
export interface Problem {
    type: string;
    title: string;
    status: number;
    detail: string;
    code: string;
    requestId: string;
}
/** What `GET /v1/models` tells, as far as clients have use for it. */
export interface ModelsAnswer {
    name: string;
    state: 'waiting' | 'loading' | 'serving' | 'failed';
    reason: string | null;
    current: {
        version: number;
        alias: string;
        license: string;
    } | null;
    split: {
        alias: string;
        version: number;
        share: number;
    }[];
    versions: number[] | null;
    aliases: Record<string, number> | null;
}
/** The service answered with an error; `code` is one of its table. */
export declare class FaceAgeError extends Error {
    readonly name = "FaceAgeError";
    readonly status: number;
    /** Such as `image_undecodable`; `unknown` where something in between answered. */
    readonly code: string;
    /** Names the request in the service's log. */
    readonly requestId: string | undefined;
    /** How long the service asked to wait. */
    readonly retryAfterMs: number | undefined;
    constructor(status: number, problem: Partial<Problem>, retryAfterMs?: number);
}
/** The service could not be reached, or did not answer in time. */
export declare class FaceAgeConnectionError extends Error {
    readonly name = "FaceAgeConnectionError";
}
/** What to ask about a photo. */
export interface PredictOptions {
    /** Ages to decide about, such as `[18, 21]`. */
    atLeast?: readonly number[];
    /** Probability from which a decision is `yes`, in (0.5, 1]; 0.95 by default. */
    confidence?: number;
    /** Age ranges to answer with: ascending, touching, covering 0…100 and more; the model's own by default. */
    buckets?: readonly (readonly [min: number, max: number])[];
    /** The part of the photo that holds the face, in pixels, or in fractions where none is over 1. */
    crop?: 'center' | {
        x: number;
        y: number;
        width: number;
        height: number;
    };
    /** Widens the crop on each side by this share of its size. */
    margin?: number;
    /** A version or an alias that must answer. */
    model?: number | string;
    /** Gives the request up. */
    signal?: AbortSignal;
}
/** A photo's file: what a file input, `fetch` or `readFile` gives. */
export type Photo = Blob | ArrayBuffer | Uint8Array;
export interface FaceAgeClientOptions {
    /** Where the service wants one. Never ship it to browsers. */
    apiKey?: string;
    /** Names the person or device asking, so that a canary release treats it always the same. */
    clientKey?: string;
    /** Tries after the first, where the service is at capacity, not ready or cannot be reached; 3 by default. */
    retries?: number;
    /** Longest wait before another try; 10 s by default. */
    retryMaxWaitMs?: number;
    /** Longest wait for one answer; 30 s by default. */
    timeoutMs?: number;
    /** Instead of the global one. */
    fetch?: typeof fetch;
}
/** One photo's answer, with who gave it. */
export interface PhotoAnswer {
    prediction: Prediction;
    model: ModelIdentity;
    requestId: string;
}
/** One photo of many: its place, and its answer or why there is none. */
export type PhotoOutcome = ({
    index: number;
    ok: true;
} & PhotoAnswer) | {
    index: number;
    ok: false;
    error: unknown;
};
export interface PredictAllOptions extends PredictOptions {
    /** Requests at a time; 4 by default. */
    concurrency?: number;
}
/** Talks to one face-age service. Needs nothing but `fetch`: Node 20 and browsers have it. */
export declare class FaceAgeClient {
    #private;
    /** @param origin such as `http://localhost:3000`; a path before the service's own is kept */
    constructor(origin: string | URL, options?: FaceAgeClientOptions);
    /**
     * Asks about one photo.
     * @throws FaceAgeError with the service's code; FaceAgeConnectionError; the signal's reason
     */
    predict(photo: Photo, options?: PredictOptions): Promise<PhotoAnswer>;
    /**
     * Asks about many photos, several at a time, and gives the outcomes in their order. A photo that cannot be answered
     * does not stop the others; the signal does. The photos may be read as they are needed (an async iterable).
     * @throws the signal's reason, and what the iterable throws
     */
    predictAll(photos: Iterable<Photo> | AsyncIterable<Photo>, { concurrency, ...options }?: PredictAllOptions): AsyncGenerator<PhotoOutcome, void, undefined>;
    /** Which versions there are, and which answer. */
    models(signal?: AbortSignal): Promise<ModelsAnswer>;
    /**
     * Tells the true age for a prediction that the service still remembers, where it takes feedback.
     * @returns the feedback's id, for `deleteFeedback`
     */
    feedback(predictionId: string, age: number, signal?: AbortSignal): Promise<{
        id: string;
    }>;
    deleteFeedback(id: string, signal?: AbortSignal): Promise<void>;
}
