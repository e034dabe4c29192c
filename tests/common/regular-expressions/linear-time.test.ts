import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import vm from 'node:vm';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { matchingTexts } from './matching-texts.ts';

const ATTACK_LENGTH = 1_000_000;
/** A quadratic expression takes hours, a linear one milliseconds. */
const TIMEOUT_MS = 5000;
const END = '\u0000';

interface Found {
  file: string;
  /** Undefined where it is no literal. */
  literal: string | undefined;
}

function expressionsIn(folder: string): Found[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return files
    .filter((file) => /\.[jt]s$/.test(file))
    .flatMap((file) => expressionsOf(path.join(folder, file)));
}

function expressionsOf(file: string): Found[] {
  const found: Found[] = [];
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest);
  const visit = (node: ts.Node): void => {
    if (ts.isRegularExpressionLiteral(node)) found.push({ file, literal: node.text });
    if (ts.isNewExpression(node) && ts.isIdentifier(node.expression))
      if (node.expression.text === 'RegExp') found.push({ file, literal: undefined });
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function toExpression(literal: string): RegExp {
  const end = literal.lastIndexOf('/');
  return new RegExp(literal.slice(1, end), literal.slice(end + 1));
}

/** Texts of a megabyte: each part of a matching text repeated, and a character at the end that does not match. */
function* attacksOn(expression: RegExp): Generator<string> {
  const seen = new Set<string>();
  for (const text of matchingTexts(expression)) {
    for (let cut = 1; cut <= text.length; cut += 1) {
      // Inside a run of one character a repetition of it is the same attack.
      if (text[cut - 1] === text[cut]) continue;
      for (const unitLength of [1, 2]) {
        const unit = text.slice(Math.max(0, cut - unitLength), cut);
        const [start, rest] = [text.slice(0, cut), text.slice(cut)];
        const key = JSON.stringify([start, unit, rest]);
        if (seen.has(key)) continue;
        seen.add(key);
        const run = start + unit.repeat(ATTACK_LENGTH / unit.length);
        yield run + END;
        if (rest !== '') yield run + rest + END;
      }
    }
  }
}

const script = new vm.Script(
  'expression.global ? text.replaceAll(expression, "") : expression.exec(text)',
);

/** A bounded expression fits only a few characters from each position. */
const isUnbounded = ({ source }: RegExp): boolean => /[*+]|,\}/.test(source);

function isLinear(expression: RegExp): boolean {
  try {
    for (const text of attacksOn(expression)) {
      expression.lastIndex = 0;
      script.runInNewContext({ expression, text }, { timeout: TIMEOUT_MS });
    }
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return false;
    throw error;
  }
}

const found = ['src', 'scripts'].flatMap(expressionsIn);
const literals = [...new Set(found.flatMap(({ literal }) => literal ?? []))];

describe('the regular expressions of the program', () => {
  it('are literals, so that the linter and this test see them', () => {
    expect(found.filter(({ literal }) => literal === undefined)).toEqual([]);
    expect(literals.length).toBeGreaterThan(80);
  });

  it.each(literals)('are attacked with texts that they match: %s', (literal) => {
    const expression = toExpression(literal);
    const matched = matchingTexts(expression).filter((text) => text.search(expression) !== -1);
    expect(matched).not.toEqual([]);
  });

  const unbounded = literals.filter((literal) => isUnbounded(toExpression(literal)));
  it.each(unbounded)('take linear time for a megabyte: %s', { timeout: 120_000 }, (literal) => {
    expect(isLinear(toExpression(literal))).toBe(true);
  });
});

describe('the attacks', () => {
  /** As texts, because the linter refuses them. */
  const bad = [
    '=+$',
    '^s3://([^/]+)/*(.*?)/*$',
    '^(?:\\d+)*x',
    '(?:\\s|\\n)+$',
    'name="([a-z]*)*"',
  ];
  it.each(bad)('find that %s does not take linear time', { timeout: 60_000 }, (source) =>
    expect(isLinear(new RegExp(source))).toBe(false),
  );
});
