/** Tells a peer that the person types: once when it begins, once when it ends. */
const IDLE = 5000;

export class Composing {
  #typing = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly tell: (typing: boolean) => void) {}

  typed(text: string): void {
    clearTimeout(this.#timer);
    if (text.trim() === '') {
      this.stop();
      return;
    }
    if (!this.#typing) {
      this.#typing = true;
      this.tell(true);
    }
    this.#timer = setTimeout(() => this.stop(), IDLE);
  }

  stop(): void {
    clearTimeout(this.#timer);
    if (!this.#typing) return;
    this.#typing = false;
    this.tell(false);
  }
}
