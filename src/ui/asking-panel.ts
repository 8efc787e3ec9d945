import type { PropertyValues } from 'lit';
import type { Frame, MachineHost } from '../api/protocol.ts';
import { Panel } from './panel.ts';
import { isReadable } from './reading.ts';
import type { Session } from './session.ts';

/** A panel that shows more than frames bring: it asks the machine once for each frame at which a reader can look. */
export abstract class AskingPanel<Answer> extends Panel {
  static override properties = { ...Panel.properties, session: { attribute: false } };
  declare session: Session;
  /** Serial of the frame that was asked about last. */
  protected asked = -1;

  protected abstract question(host: MachineHost): Promise<Answer>;

  /** Takes in what the machine answered about `frame`. Another frame may have been asked about since. */
  protected abstract take(answer: Answer, frame: Frame): void;

  override willUpdate(_changed: PropertyValues): void {
    const { frame } = this.state;
    if (!frame || !isReadable(frame) || frame.serial === this.asked) return;
    this.asked = frame.serial;
    void this.session
      .ask((host) => this.question(host))
      .then((answer) => {
        if (answer) this.take(answer, frame);
      });
  }
}
