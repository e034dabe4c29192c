import type { AliasFollower } from '../lifecycle/alias-watcher.ts';
import type { LoadedModel } from '../registry/loading/loaded-model.ts';
import type { ModelManager } from '../lifecycle/model-manager.ts';
import type { DesiredModel } from '../lifecycle/model-status.ts';
import { SHADOW_ALIAS } from '../registry/aliases.ts';

/** A version that is shown copies of photos; what it answers is only compared. */
export class Shadow implements AliasFollower {
  readonly manager: ModelManager;
  readonly #production: Pick<ModelManager, 'serving'>;

  constructor(manager: ModelManager, production: Pick<ModelManager, 'serving'>) {
    this.manager = manager;
    this.#production = production;
  }

  get serving(): LoadedModel | undefined {
    return this.manager.serving;
  }

  setDesired(wish: DesiredModel): void {
    if (this.#production.serving?.manifest.version === wish.version) {
      this.manager.withdraw(`Version ${wish.version} serves production.`);
    } else this.manager.setDesired(wish);
  }

  reportMissing(): void {
    this.manager.withdraw(`There is no alias "${SHADOW_ALIAS}".`);
  }

  reportSourceFault(reason: string): void {
    this.manager.reportSourceFault(reason);
  }
}
