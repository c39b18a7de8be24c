// Keeps the map from falling behind: a slow graphics card would else queue pictures, and show old ones.
const GIVE_UP_MS = 6000;

export class Pace {
  private askedAt = 0;
  private isAsked = false;
  private gl: WebGL2RenderingContext | null = null;
  private fence: WebGLSync | null = null;

  n_drawn = 0;

  /** For how long the picture that was asked for last has been awaited. */
  waiting(): number {
    return this.isAsked || this.fence ? performance.now() - this.askedAt : 0;
  }

  /** A new picture was asked for. */
  asked(): void {
    this.isAsked = true;
    this.askedAt = performance.now();
  }

  /** Its commands were given to the card: a fence behind them tells when they are done. */
  drawn(gl: WebGL2RenderingContext): void {
    if (!this.isAsked) return;
    this.isAsked = false;
    this.n_drawn++;
    this.gl = gl;
    if (this.fence) gl.deleteSync(this.fence);
    this.fence = gl.fenceSync(gl.SYNC_GPU_COMMANDS_COMPLETE, 0);
    gl.flush();
  }

  /** True while the last picture asked for is not finished; not for ever, in case the browser loses it. */
  isBusy(): boolean {
    if (performance.now() - this.askedAt > GIVE_UP_MS) return false;
    if (this.isAsked) return true;
    if (!this.fence || !this.gl) return false;
    if (this.gl.clientWaitSync(this.fence, 0, 0) === this.gl.TIMEOUT_EXPIRED) return true;
    this.gl.deleteSync(this.fence);
    this.fence = null;
    return false;
  }
}
