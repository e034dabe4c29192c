import { homedir } from 'node:os';

/** A path of a setting, where a leading `~` is the home folder. */
export function homePath(given: string): string {
  return given.replace(/^~(?=\/|$)/, homedir());
}
