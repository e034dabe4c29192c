/** Benchmarks of the compiled service: `npm run bench -- --help`. */
import { Command } from 'commander';
import { messageOf } from '../src/common/errors.ts';
import { costFormats, runCost, type CostOptions } from './cost/cost.ts';
import { runBudget, type BudgetOptions } from './budget/budget.ts';
import { runFinding, type FindingOptions } from './finding/finding.ts';
import { runFuzz, type FuzzOptions } from './fuzz/fuzz.ts';
import { runGuard, type GuardOptions } from './guard/guard.ts';
import { runLoad, type LoadSceneOptions } from './load/load.ts';
import { runMixed, type MixedOptions } from './mixed/mixed.ts';
import { runOverload, type OverloadOptions } from './overload/overload.ts';
import { runRegression, type RegressionOptions } from './regression/regression.ts';
import { runScale, scaleParts, type ScaleOptions } from './scale/scale.ts';
import { runParserFuzz, type ParserFuzzOptions } from './parsers/parsers.ts';
import { targetNames } from './parsers/targets/targets.ts';
import {
  collect,
  namesOf,
  positiveInteger,
  positiveIntegers,
  positiveNumber,
} from './support/options.ts';
import { runSwap, type SwapOptions } from './swap/swap.ts';

const program = new Command('npm run bench --')
  .description('Benchmarks of the compiled service. Without a scene, load is measured.')
  .showHelpAfterError('Add --help for the options.');

/** A scene exits with 1 if its bar is missed. */
const run =
  <Options>(scene: (options: Options) => Promise<boolean>) =>
  async (options: Options): Promise<void> => {
    if (!(await scene(options))) process.exitCode = 1;
  };

program
  .command('load', { isDefault: true })
  .summary('requests per second, response times and CPU per photo')
  .description(
    'Starts the service with the settings of the environment and loads it with one-photo uploads.\n' +
      'Fails if a request fails.',
  )
  .option('--photo <file>', 'the photo to post (default: a face drawn in code)')
  .option('--raw', 'post the photo as the whole body instead of in a form', false)
  .option('--connections <numbers>', 'loads to measure', positiveIntegers, [1, 16, 64])
  .option('--seconds <number>', 'length of one measurement', positiveInteger, 5)
  .option('--rounds <number>', 'how often all loads are measured', positiveInteger, 3)
  .option('--peer <url>', 'another server to load in turn; may be repeated', collect, [])
  .option('--json <file>', 'write every figure to this file')
  .action(run<LoadSceneOptions>(runLoad));

program
  .command('budget')
  .summary('where the CPU time goes, and what the machine could do')
  .description('Prints CPU time by stage and the share of what the machine could do at best.')
  .option('--photo <file>', 'the photo to post (default: a face drawn in code)')
  .option('--raw', 'post the photo as the whole body instead of in a form', false)
  .option('--connections <number>', 'load to measure', positiveInteger, 64)
  .option('--seconds <number>', 'length of one measurement', positiveInteger, 5)
  .action(run<BudgetOptions>(runBudget));

program
  .command('regression')
  .summary('CPU time per photo against the committed baseline')
  .description(
    'Loads the service and the yardsticks in bench/regression/reference.ts in turn. Fails if a photo costs the event\n' +
      'loop or the engine over a quarter more CPU, in units of its yardstick, than the committed baseline, in every round.\n' +
      'It compares CPU time instead of requests per second, so that other work on the machine matters little.',
  )
  .option('--rounds <number>', 'how often both are measured', positiveInteger, 5)
  .option('--update', 'write the measurement as the new baseline of this precision', false)
  .action(run<RegressionOptions>(runRegression));

program
  .command('cost')
  .summary('memory and time of decoding, by format and coding, against their estimates')
  .description(
    'Encodes pictures in each format and coding and decodes each in a process of its own. Then prints the largest cost of a\n' +
      'request that the default settings allow. Fails if a picture takes more memory than its estimate.',
  )
  .option('--only <formats>', 'which formats to measure', namesOf(costFormats), costFormats)
  .option('--width <pixels>', 'width of the pictures', positiveInteger, 2000)
  .option('--json <file>', 'write every figure to this file')
  .action(run<CostOptions>(runCost));

program
  .command('finding')
  .summary('CPU time of finding and aligning one face')
  .description(
    'Finds and aligns the largest face of photos whose long side is 640 pixels, without decoding them, and prints the CPU time\n' +
      'of all threads. Fails if no face is found.',
  )
  .option('--photos <folder>', 'photos with one face each (default: one that shows a drawn face)')
  .option('--count <number>', 'at most this many of the photos', positiveInteger, 30)
  .option('--rounds <number>', 'how often each photo is measured', positiveInteger, 5)
  .action(run<FindingOptions>(runFinding));

program
  .command('scale')
  .summary('connections, photo sizes, photos per request, versions, processes')
  .description('Prints a table for each thing that is varied. Fails if a request fails.')
  .option('--only <parts>', 'which tables to measure', namesOf(scaleParts), [...scaleParts])
  .option('--seconds <number>', 'length of one measurement', positiveInteger, 5)
  .option('--rounds <number>', 'how often each is measured', positiveInteger, 3)
  .action(run<ScaleOptions>(runScale));

program
  .command('swap')
  .summary('swaps between two versions under load')
  .description(
    'Loads the service while its alias moves between two versions with different answers. Fails if a request fails, an\n' +
      'answer is not that of the version it names, or p99 around the swaps is more than twice as high as otherwise.',
  )
  .option('--connections <number>', 'load', positiveInteger, 32)
  .option('--requests <number>', 'the least number of requests', positiveInteger, 20_000)
  .option('--every <seconds>', 'time between swaps', positiveNumber, 3)
  .option('--keep-previous', 'keep the previous version loaded', false)
  .action(run<SwapOptions>(runSwap));

program
  .command('overload')
  .summary('more requests than the service can answer')
  .description(
    'Measures the capacity at 16 connections, sends a multiple of it in an open loop, and measures the recovery. The rate\n' +
      'rises for five seconds, which do not count. Fails if an answer is not 200, 429 or 503, if a limit below is missed,\n' +
      'or if the service does not recover within a second.',
  )
  .option('--seconds <number>', 'length of the overload', positiveInteger, 60)
  .option('--times <number>', 'multiple of the capacity', positiveNumber, 4)
  .option('--accepted-ms <number>', 'limit of p99 of accepted requests', positiveNumber, 1000)
  .option('--refused-ms <number>', 'limit of p99 of refused requests', positiveNumber, 50)
  .option('--accepted-share <number>', 'least share of the capacity', positiveNumber, 0.65)
  .action(run<OverloadOptions>(runOverload));

program
  .command('mixed')
  .summary('good photos, hostile requests and swaps at the same time')
  .description(
    'Fails if a good photo is not answered, the fuzzer finds a fault, memory grows by more than a tenth between the second\n' +
      "fifth of the time and the last, or the event loop's p99 delay is 20 ms or more in half of the intervals between swaps.",
  )
  .option('--minutes <number>', 'duration', positiveNumber, 30)
  .action(run<MixedOptions>(runMixed));

program
  .command('fuzz')
  .summary('hostile requests')
  .description(
    'Sends hostile photos, forms, bodies, headers and raw requests, and randomly damaged photos. Fails if the server\n' +
      'crashes, hangs, answers 5xx or more often than it should, leaves a file or uses too much memory.',
  )
  .option('--requests <number>', 'length of the campaign', positiveInteger, 50_000)
  .option('--seed <number>', 'equal seeds send equal requests', positiveInteger, 1)
  .option('--concurrency <number>', 'connections at the same time', positiveInteger, 8)
  .action(run<FuzzOptions>(runFuzz));

program
  .command('guard')
  .summary('attacks that try to take the service down')
  .description(
    'Sends JSON bombs, floods of uploads and costly photos to a server with default settings while another client posts\n' +
      'small photos. Fails if an attack is not answered with 200, a 4xx or 503, if another client is not answered with 200\n' +
      'within two seconds, or if all processes of the service together exceed 1 GiB.',
  )
  .option('--short', 'leave out photos that take long to prepare', false)
  .option('--files <folder>', 'further photos to attack with')
  .option(
    '--minutes <number>',
    'send attacks all the time beside 20 photos a second',
    positiveNumber,
  )
  .action(run<GuardOptions>(runGuard));

program
  .command('parsers')
  .summary('coverage-guided fuzzing of the parsers of user input')
  .description(
    'Mutates inputs of each parser and keeps those that reach new code. Fails if an input causes an unexpected error, takes\n' +
      'too much time or memory, or is read differently by two ways that must agree; the input is printed.',
  )
  .option('--minutes <number>', 'duration for all parsers together', positiveNumber, 10)
  .option('--seed <number>', 'start of the random numbers', positiveInteger, 1)
  .option('--only <names>', 'which parsers', namesOf(targetNames), [...targetNames])
  .option('--save', 'add inputs that reached new code to bench/parsers/corpus', false)
  .action(run<ParserFuzzOptions>(runParserFuzz));

try {
  await program.parseAsync();
} catch (error) {
  console.error(messageOf(error));
  process.exitCode = 1;
}
