/** The page's session, where somebody else's page is around it: what the reader is about to change is told first, and may be refused. */
import type { Edit, LoadRequest, MachineHost } from '../api/protocol.ts';
import { Session } from '../ui/session.ts';
import { type Lens, Store } from '../ui/store.ts';
import { tell } from './tell.ts';
import type { ChangeDetail } from './types.ts';

/** What of a machine changes it. */
type Changing = 'edit' | 'input' | 'command' | 'load';

export class EmbeddedSession extends Session {
  private readonly element: HTMLElement;
  /** Calls of the page under way: what it does is not asked about. */
  private own = 0;

  constructor(element: HTMLElement) {
    super(new Store());
    this.element = element;
  }

  override async start(...args: Parameters<Session['start']>): Promise<void> {
    await this.byPage(() => super.start(...args));
    const { host } = this.store.state;
    if (host) this.store.update({ host: this.guarded(host) });
  }

  /** `work` is the page's own. */
  async byPage<T>(work: () => Promise<T>): Promise<T> {
    this.own++;
    try {
      return await work();
    } finally {
      this.own--;
    }
  }

  /** The reader may change registers, memory and the source. */
  get isEditable(): boolean {
    return isOn(this.element, 'editable') && !this.isReadonly;
  }

  /** The reader may change nothing at all, and type nothing. */
  private get isReadonly(): boolean {
    return isOn(this.element, 'readonly');
  }

  override pin(change: Partial<Lens>): Promise<void> {
    const { linear, access } = { ...this.store.state.view.lens, ...change };
    const detail = { address: linear, access, pinned: true };
    return tell(this.element, 'gv-lens', detail, true) ? super.pin(change) : Promise.resolve();
  }

  /** `host`, whose changes are asked about. */
  private guarded(host: MachineHost): MachineHost {
    const ask = (method: Changing, subject: unknown): void => {
      const change = this.own > 0 ? null : changeOf(method, subject);
      if (!change) return;
      const isAllowed = change.kind === 'input' || change.kind === 'command' ? !this.isReadonly : this.isEditable;
      const detail = { ...change, tick: this.store.state.frame?.tick ?? 0 };
      if (!isAllowed || !tell(this.element, 'gv-change', detail, true)) throw new Error('This machine cannot be changed here.');
    };
    const guards: Partial<MachineHost> = {
      edit: async (edit) => (ask('edit', edit), host.edit(edit)),
      input: async (text, vm) => (ask('input', text), host.input(text, vm)),
      command: async (command) => (ask('command', command), host.command(command)),
      load: async (request) => (ask('load', request), host.load(request)),
    };
    // A machine in a worker has its methods made when they are asked for.
    return new Proxy(host, { get: (target, name: keyof MachineHost) => guards[name] ?? (target[name] as () => unknown).bind(target) });
  }
}

/** What is about to be changed; null where it is a guest of the catalogue as it is, which anybody may load. */
function changeOf(method: Changing, subject: unknown): Omit<ChangeDetail, 'tick'> | null {
  if (method === 'input') return { kind: 'input', target: 'COM1' };
  if (method === 'command') return { kind: 'command', target: (subject as { do: string }).do };
  if (method === 'edit') return { kind: (subject as Edit).kind, target: targetOf(subject as Edit) };
  const { image } = subject as LoadRequest;
  if (image.kind === 'guest') return image.source === undefined ? null : { kind: 'source', target: image.id };
  return { kind: 'source', target: image.name };
}

function targetOf(edit: Edit): string {
  if (edit.kind === 'register') return edit.name;
  return edit.kind === 'vmcs' ? edit.field : `${edit.space}:0x${edit.address.toString(16)}`;
}

/** The attribute is there, and does not say `off`. */
export function isOn(element: Element, name: string): boolean {
  const value = element.getAttribute(name);
  return value !== null && value !== 'off' && value !== 'false';
}
