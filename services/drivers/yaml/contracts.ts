// Reads `contracts/` and refuses what its JSON Schemas do not allow.
import { HubError } from '../../domain/errors.ts';
import { checkLimits, checkPromises } from '../../domain/limits.ts';
import { compileCalendar } from '../../domain/working-days.ts';
import { contractFiles } from './contract-files.ts';
import { provenByExamples, readRuleSet } from './rule-files.ts';
import type { Limits } from '../../domain/limits.ts';
import type { SourceContract } from '../../domain/source-contract.ts';
import type { Calendar, CalendarContract } from '../../domain/working-days.ts';
import type { RuleSet } from './rule-files.ts';

export interface Contracts extends RuleSet {
  sources: ReadonlyMap<string, SourceContract>;
  calendar: Calendar;
  limits: Limits;
}

/** Loads every contract in a folder. Errors: CONTRACT_INVALID, naming the file and the place in it. */
export function loadContracts(folder: string): Contracts {
  const files = contractFiles(folder, folder, 'contracts');
  const read = (file: string, definition: string): unknown => files.read(file, definition);
  const all = <T>(subfolder: string, definition: string): T[] => files.names(subfolder).map((name) => files.read(name, definition) as T);
  const sources = all<SourceContract>('sources', 'source');
  for (const source of sources) checkReferences(source);
  const ruleSet = provenByExamples(readRuleSet(files));
  return {
    sources: new Map(sources.map((source) => [source.name, source])),
    ...ruleSet,
    calendar: compileCalendar(read('calendar.yaml', 'calendar') as CalendarContract),
    limits: readLimits(read('limits.yaml', 'limits') as Limits, ruleSet),
  };
}

function readLimits(limits: Limits, { packages }: RuleSet): Limits {
  checkLimits(limits);
  checkPromises(limits, packages);
  return limits;
}

/**
 * Loads the contracts of a folder that packages are judged by; what it does not hold is taken from `own`, file by file.
 * Examples are run only if asked for: a change that somebody tries out may well break some. Errors: CONTRACT_INVALID.
 */
export function loadChangedRules(folder: string, own: string, { examples }: { examples: boolean }): RuleSet {
  const rules = readRuleSet(contractFiles(folder, own, folder), contractFiles(own, own, 'contracts'));
  return examples ? provenByExamples(rules) : rules;
}

/** What a JSON Schema cannot say: that names refer to something. */
function checkReferences(source: SourceContract): void {
  const known = (field: string, where: string): void => {
    if (!(field in source.fields))
      throw new HubError('CONTRACT_INVALID', `contracts/sources/${source.name}.yaml: ${where} names the unknown field ${field}`);
  };
  const { subject, id, version, time, change, corrects, ends = {} } = source.record;
  const optional = [version, corrects].filter((field) => field !== undefined);
  for (const field of [subject, id, change, ...time, ...optional, ...Object.keys(ends)]) known(field, 'record');
  for (const [name, mapping] of Object.entries(source.mappings))
    for (const field of Object.keys(mapping.fields)) known(field, `mapping ${name}`);
  if (!(source.pull.mapping in source.mappings))
    throw new HubError('CONTRACT_INVALID', `contracts/sources/${source.name}.yaml: pull names the unknown mapping ${source.pull.mapping}`);
}
