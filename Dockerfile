# Two images of one service, both without Python, compiler or development dependencies:
#   docker build --target cpu -t face-age .
#   docker build --target gpu -t face-age:gpu .     (run with --gpus all)
# By digest, so that a build is repeatable; deploy/README.md says how to renew it.
ARG NODE_IMAGE=node:22-bookworm-slim@sha256:43ac6c60b8f89723f746e8a92ce91abd5017e627ce1ddfe4238355d3a30b772c

# Everything that npm installs. `.npmrc` keeps packages from running code of theirs.
FROM ${NODE_IMAGE} AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci

FROM dependencies AS build
COPY tsconfig.json tsconfig.build.json ./
COPY src src
COPY scripts scripts
RUN npm run build

# What serving needs of it, for this platform: onnxruntime, jpeg-turbo and sharp bring others too.
FROM dependencies AS production-dependencies
RUN npm prune --omit=dev \
 && cd node_modules \
 && find onnxruntime-node/bin -mindepth 2 -maxdepth 2 -type d ! -name linux -exec rm -r {} + \
 && find onnxruntime-node/bin -mindepth 3 -maxdepth 3 -type d ! -name "$(node -p process.arch)" -exec rm -r {} + \
 && find @julusian/jpeg-turbo/prebuilds -mindepth 1 -maxdepth 1 ! -name "*-linux-$(node -p process.arch)" -exec rm -r {} + \
 && rm -rf @img/*-linuxmusl-* @img/sharp-wasm32

FROM production-dependencies AS cpu-dependencies
RUN npm uninstall --omit=dev @tensorflow/tfjs-node-gpu

# What remains for each image: without packages that nothing needs at run time, with the licenses of the others and an SBOM.
FROM dependencies AS finishing
COPY tsconfig.json ./
COPY deploy/image deploy/image

FROM finishing AS cpu-tree
COPY --from=cpu-dependencies /app/package.json /app/package-lock.json /tree/
COPY --from=cpu-dependencies /app/node_modules /tree/node_modules
RUN npx tsx deploy/image/finish.ts /tree \
 && cd /tree && npm sbom --omit=dev --sbom-format=cyclonedx --package-lock-only > sbom.json

FROM finishing AS gpu-tree
COPY --from=production-dependencies /app/package.json /app/package-lock.json /tree/
COPY --from=production-dependencies /app/node_modules /tree/node_modules
RUN npx tsx deploy/image/finish.ts /tree \
 && cd /tree && npm sbom --omit=dev --sbom-format=cyclonedx --package-lock-only > sbom.json

# TensorFlow, built where the compiler is. The libraries stay in /opt/face-age, linked from the package.
FROM dependencies AS tensorflow
RUN apt-get update \
 && apt-get install --yes --no-install-recommends python3 python3-pip make g++ \
 && rm -rf /var/lib/apt/lists/*
COPY tsconfig.json ./
COPY scripts/setup-tensorflow.ts scripts/
COPY src/common src/common
COPY src/inference/engine/tensorflow-runtime.ts src/inference/engine/
COPY src/cli/command.ts src/cli/
COPY src/cli/commands/setup-tensorflow.ts src/cli/commands/
COPY src/cli/tensorflow-setup src/cli/tensorflow-setup
ARG TENSORFLOW_OPTIONS=--gpu
RUN npm run setup:tensorflow -- ${TENSORFLOW_OPTIONS} --cache /opt/face-age

FROM ${NODE_IMAGE} AS service
ENV NODE_ENV=production
# glibc gives each thread a heap of its own and keeps what is freed there: with two, memory stays level (deploy/README.md).
ENV MALLOC_ARENA_MAX=2
WORKDIR /app
COPY LICENSE package.json ./
COPY models models
COPY --from=build /app/dist dist
EXPOSE 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=3s --start-period=60s CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.PORT || 3000) + '/healthz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# A number, so that a platform can see that it is not root. Nothing below /app is written.
USER 1000:1000
CMD ["node", "--enable-source-maps", "dist/src/main.js"]

FROM service AS gpu
COPY --from=tensorflow /opt/face-age /opt/face-age
COPY --from=gpu-tree /tree/licenses.txt /tree/sbom.json ./
COPY --from=gpu-tree /tree/node_modules node_modules
COPY --from=tensorflow /app/node_modules/@tensorflow/tfjs-node-gpu node_modules/@tensorflow/tfjs-node-gpu
ENV LD_LIBRARY_PATH=/app/node_modules/@tensorflow/tfjs-node-gpu/deps/lib \
    NVIDIA_VISIBLE_DEVICES=all \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility

# The last stage is what a build without --target makes.
FROM service AS cpu
COPY --from=cpu-tree /tree/licenses.txt /tree/sbom.json ./
COPY --from=cpu-tree /tree/node_modules node_modules
