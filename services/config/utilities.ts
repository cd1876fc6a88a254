// Where the utilities' marketing systems are, from the environment.
import { utilities } from '../domain/own-facts.ts';
import type { Utility } from '../domain/own-facts.ts';
import type { Environment, VariableName } from './environment.ts';

export interface UtilityAddress {
  utility: Utility;
  url: string;
  token: string | null;
}

/** Those that have an address; what cannot be used is added to `problems`. */
export function readUtilities(env: Environment, problems: string[]): UtilityAddress[] {
  return utilities.flatMap((utility) => {
    const name = utility.toUpperCase() as Uppercase<Utility>;
    const [url, token = null] = [env[`HUB_${name}_URL` satisfies VariableName], env[`HUB_${name}_TOKEN` satisfies VariableName]];
    if (url === undefined) return [];
    // In the clear to this machine alone: names and identity numbers travel in the body.
    const local = /^http:\/\/(127\.0\.0\.1|localhost|\[::1\])(:|\/|$)/.test(url);
    if (!URL.canParse(url) || !(url.startsWith('https://') || local)) problems.push(`HUB_${name}_URL is no https address`);
    return [{ utility, url: url.replace(/\/+$/, ''), token }];
  });
}
