// What infra/kafka/topics.sh says it would do, read back.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { projectRoot } from '../support/project.ts';

/** The commands, one a line. */
export const printed = (environment: Record<string, string>): string[] =>
  execFileSync('sh', [join(projectRoot, 'infra', 'kafka', 'topics.sh'), '--print'], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] ?? '', ...environment },
  })
    .trim()
    .split('\n');

const valuesOf = (command: string, option: string): string[] =>
  [...command.matchAll(new RegExp(` --${option} (\\S+)`, 'g'))].map((match) => match[1]!);

export interface Topic {
  topic: string;
  partitions: number;
  replication: number;
  config: Record<string, string>;
}

export const topicsIn = (commands: readonly string[]): Topic[] =>
  commands
    .filter((command) => command.startsWith('kafka-topics.sh --create --if-not-exists '))
    .map((command) => ({
      topic: valuesOf(command, 'topic')[0]!,
      partitions: Number(valuesOf(command, 'partitions')[0]),
      replication: Number(valuesOf(command, 'replication-factor')[0]),
      config: Object.fromEntries(valuesOf(command, 'config').map((pair) => pair.split('=') as [string, string])),
    }));

export interface Access {
  user: string;
  operations: string[];
  topics: string[];
  groups: string[];
}

export const accessOf = (commands: readonly string[]): Access[] =>
  commands
    .filter((command) => command.startsWith('kafka-acls.sh --add '))
    .map((command) => ({
      user: valuesOf(command, 'allow-principal')[0]!.replace(/^User:/, ''),
      operations: valuesOf(command, 'operation'),
      topics: valuesOf(command, 'topic'),
      groups: valuesOf(command, 'group'),
    }));
