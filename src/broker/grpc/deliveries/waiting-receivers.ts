import type { HeldPulls } from '../../held-pulls.js';
import type { Deliveries } from './deliveries.js';

export interface WaitingReceiver {
  readonly topic: string;
  readonly group: string;
  /** Milliseconds since 1970; then it is answered in any case. */
  readonly deadline: number;
  /** Looks for messages; true when it was answered and waits no longer. Does not throw. */
  tryAgain(): boolean;
  /** Answers it without messages. */
  giveUp(): void;
}

const lookEveryMs = 50;

/** Receives that found nothing and wait for a message, the longest waiting one first. */
export class WaitingReceivers {
  readonly #topics = new Map<string, Set<WaitingReceiver>>();
  readonly #changed = new Set<string>();
  readonly #deliveries: Deliveries;
  #timer: NodeJS.Timeout | undefined;
  #waking = false;
  #closed = false;

  constructor(deliveries: Deliveries, arrivals: HeldPulls) {
    this.#deliveries = deliveries;
    arrivals.watch((topic) => {
      this.wake(topic);
    });
  }

  add(receiver: WaitingReceiver): void {
    if (this.#closed) {
      receiver.giveUp();
      return;
    }
    const waiting = this.#topics.get(receiver.topic) ?? new Set<WaitingReceiver>();
    this.#topics.set(receiver.topic, waiting.add(receiver));
    this.#timer ??= setInterval(() => {
      this.#lookAround();
    }, lookEveryMs);
  }

  remove(receiver: WaitingReceiver): void {
    const waiting = this.#topics.get(receiver.topic);
    waiting?.delete(receiver);
    if (waiting?.size === 0) this.#topics.delete(receiver.topic);
  }

  /** Has those who wait for the topic look again, once for all that changes in this turn. */
  wake(topic: string): void {
    this.#changed.add(topic);
    if (this.#waking) return;
    this.#waking = true;
    setImmediate(() => {
      this.#waking = false;
      const topics = [...this.#changed];
      this.#changed.clear();
      for (const changed of topics) this.#try(changed, () => true);
    });
  }

  /** Answers all, and takes no more. */
  close(): void {
    this.#closed = true;
    clearInterval(this.#timer);
    for (const waiting of this.#topics.values()) {
      for (const receiver of waiting) receiver.giveUp();
    }
    this.#topics.clear();
    this.#changed.clear();
  }

  #try(topic: string, which: (receiver: WaitingReceiver) => boolean): void {
    for (const receiver of this.#topics.get(topic) ?? []) {
      if (which(receiver) && receiver.tryAgain()) this.remove(receiver);
    }
  }

  #lookAround(): void {
    const now = Date.now();
    for (const [topic, waiting] of [...this.#topics]) {
      this.#try(topic, ({ group }) => this.#deliveries.mayBeVisible(group, topic, now));
      for (const receiver of [...waiting]) {
        if (receiver.deadline > now) continue;
        this.remove(receiver);
        receiver.giveUp();
      }
    }
    if (this.#topics.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
