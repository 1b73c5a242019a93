/**
 * All of ITU-T G.107 (06/2015) 7.1 to 7.7 and Annex B with the defaults of its table 2, written down formula by
 * formula, without the shortcuts of the product: what that is held against.
 */
export function referenceScore(stream: {
  lossPercent: number;
  delayMs: number;
  burstRatio: number;
  ie: number;
  bpl: number;
}): number {
  const rating = referenceRating(stream);
  if (rating < 0) return 1;
  if (rating > 100) return 4.5;
  return Math.max(1, 1 + 0.035 * rating + rating * (rating - 60) * (100 - rating) * 7e-6);
}

function referenceRating({
  lossPercent: ppl,
  delayMs: t,
  burstRatio,
  ie,
  bpl,
}: Parameters<typeof referenceScore>[0]): number {
  const [slr, rlr, stmr, dr, ds, telr, wepl] = [8, 2, 15, 3, 3, 65, 110];
  const [nc, nfor, ps, pr, qdu] = [-70, -64, 35, 35, 1];
  const lstr = stmr + dr;
  const olr = slr + rlr;
  // 7.2: the basic signal-to-noise ratio.
  const nos = ps - slr - ds - 100 + 0.004 * (ps - olr - ds - 14) ** 2;
  const pre = pr + 10 * Math.log10(1 + 10 ** ((10 - lstr) / 10));
  const nor = rlr - 121 + pre + 0.008 * (pre - 35) ** 2;
  const nfo = nfor + rlr;
  const no = 10 * Math.log10([nc, nos, nor, nfo].reduce((sum, x) => sum + 10 ** (x / 10), 0));
  const ro = 15 - 1.5 * (slr + no);
  // 7.3: loudness, sidetone, quantizing.
  const xolr = olr + 0.2 * (64 + no - rlr);
  const iolr = 20 * ((1 + (xolr / 8) ** 8) ** (1 / 8) - xolr / 8);
  const stmro = -10 * Math.log10(10 ** (-stmr / 10) + Math.exp(-t / 4) * 10 ** (-telr / 10));
  const ist =
    12 * (1 + ((stmro - 13) / 6) ** 8) ** (1 / 8) -
    28 * (1 + ((stmro + 1) / 19.4) ** 35) ** (1 / 35) -
    13 * (1 + ((stmro - 3) / 33) ** 13) ** (1 / 13) +
    29;
  const q = 37 - (15 * Math.log10(qdu)) / Math.log10(10);
  const g = 1.07 + 0.258 * q + 0.0602 * q * q;
  const iq =
    15 *
    Math.log10(1 + 10 ** ((ro - 100) / 15) * 10 ** (46 / 8.4 - g / 9) + 10 ** (46 / 30 - g / 40));
  // 7.4: delay and echo.
  const terv = telr - 40 * Math.log10((1 + t / 10) / (1 + t / 150)) + 6 * Math.exp(-0.3 * t * t);
  const roe = -1.5 * (no - rlr);
  const re = 80 + 2.5 * (terv - 14);
  const idte = ((roe - re) / 2 + Math.sqrt((roe - re) ** 2 / 4 + 100) - 1) * (1 - Math.exp(-t));
  const rle = 10.5 * (wepl + 7) * (2 * t + 1) ** -0.25;
  const idle = (ro - rle) / 2 + Math.sqrt((ro - rle) ** 2 / 4 + 169);
  const x = Math.log10(t / 100) / Math.log10(2);
  const idd = t <= 100 ? 0 : 25 * ((1 + x ** 6) ** (1 / 6) - 3 * (1 + (x / 3) ** 6) ** (1 / 6) + 2);
  // 7.5: the codec and what it lost.
  const ieEff = ie + ((95 - ie) * ppl) / (ppl / burstRatio + bpl);
  return ro - (iolr + ist + iq) - (idte + idle + idd) - ieEff;
}
