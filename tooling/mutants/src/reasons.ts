/** Why a change that no test notices does no harm. It is found by its file, and by parts of the code before and after. */
export interface Reason {
  readonly file: string;
  readonly before: string;
  readonly after: string;
  readonly reason: string;
}

export const REASONS: readonly Reason[] = [];
