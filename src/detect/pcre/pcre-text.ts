const NO_BYTES = new Uint8Array(0);

/** bytes[start, end): what an expression sees. Reused. */
export class PcreText {
  bytes: Uint8Array = NO_BYTES;
  start = 0;
  end = 0;
}

/** Steps that matches may still take: instructions visited, and bytes. What is over is given up. */
export class StepBudget {
  left: number;

  constructor(steps: number) {
    this.left = steps;
  }
}
