// Where each adapter stopped in its source.

export interface Cursors {
  load(source: string): Promise<string | null>;
  /** Called only after the recorder has committed every event of the page (law 3). */
  save(source: string, cursor: string): Promise<void>;
}
