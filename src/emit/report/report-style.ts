/** Style of a report: light and dark as the reader's system has it, and plain on paper. No file beside the page. */
export const REPORT_STYLE = `
:root{color-scheme:light dark;--ink:#1b1f24;--soft:#4d5660;--paper:#fff;--card:#f4f6f8;--rule:#c9d0d7;--s1:#b3261e;--s2:#a04a00;--s3:#1f5fa8;--sip:#1f5fa8;--media:#2b6e3f;--bad:#b3261e}
@media(prefers-color-scheme:dark){:root{--ink:#e8ecf0;--soft:#b3bcc6;--paper:#14181c;--card:#1f252b;--rule:#414b55;--s1:#ff8a80;--s2:#ffb870;--s3:#8fc1ff;--sip:#8fc1ff;--media:#8fd6a4;--bad:#ff8a80}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
main,header,footer{max-width:62rem;margin:0 auto;padding:0 1.25rem}
header{padding-top:1.5rem;overflow-wrap:anywhere}
h1{font-size:1.7rem;margin:0 0 .25rem}
h2{font-size:1.3rem;margin:2.2rem 0 .6rem;border-bottom:2px solid var(--rule);padding-bottom:.2rem}
h3{font-size:1.08rem;margin:1.2rem 0 .4rem}
p,ul,ol{margin:.4rem 0 .8rem}
.soft,footer{color:var(--soft)}
.summary{font-size:1.1rem}
.case{background:var(--card);border-left:6px solid var(--rule);padding:.6rem 1rem;margin:1rem 0;border-radius:4px}
.case.s1{border-color:var(--s1)}.case.s2{border-color:var(--s2)}.case.s3{border-color:var(--s3)}
.tag{display:inline-block;border:1px solid currentColor;border-radius:3px;padding:0 .4rem;font-size:.85rem;margin-right:.4rem}
.tag.s1{color:var(--s1)}.tag.s2{color:var(--s2)}.tag.s3{color:var(--s3)}
.wide{overflow-x:auto;max-width:100%}.wide+.wide{margin-top:1.2rem}
table{border-collapse:collapse;width:100%;font-size:.92rem}
th,td{text-align:left;padding:.25rem .6rem;border-bottom:1px solid var(--rule);vertical-align:top;overflow-wrap:anywhere}
th{white-space:nowrap}
td.n,th.n{text-align:right;white-space:nowrap}
td.t{white-space:nowrap}
td.w{min-width:10em}
svg{display:block;max-width:none;margin:.4rem 0;font:12px system-ui,sans-serif}
svg text{fill:var(--ink)}
svg .time{fill:var(--soft)}svg .host{font-weight:600}
.life{stroke:var(--rule)}.axis{stroke:var(--soft)}.step{stroke:var(--ink);stroke-width:1.5}
.sip{stroke:var(--sip)}.media{stroke:var(--media);stroke-width:3}.bad{stroke:var(--bad);stroke-width:2}
.sip-head{fill:var(--sip)}.media-head{fill:var(--media)}.bad-head{fill:var(--bad)}svg .bad-label{fill:var(--bad);font-weight:600}
rect.s1{fill:var(--s1)}rect.s2{fill:var(--s2)}rect.s3{fill:var(--s3)}.loss{fill:var(--bad)}
.dot{fill:none;stroke-width:3;stroke-linecap:round}
.sender0{stroke:#2f7fd1}.sender1{stroke:#d1462f}.sender2{stroke:#3c9a4e}.sender3{stroke:#9a5bc4}.sender4{stroke:#b8860b}.sender5{stroke:#7a7a7a}
.key{display:inline-block;width:.8rem;height:.8rem;border-radius:50%;margin-right:.35rem}
.key0{background:#2f7fd1}.key1{background:#d1462f}.key2{background:#3c9a4e}.key3{background:#9a5bc4}.key4{background:#b8860b}.key5{background:#7a7a7a}
a{color:var(--s3)}
@media print{:root{--ink:#000;--soft:#333;--paper:#fff;--card:#fff;--rule:#999;--s1:#b3261e;--s2:#a04a00;--s3:#1f5fa8;--sip:#1f5fa8;--media:#2b6e3f;--bad:#b3261e}
body{font-size:11pt}main,header,footer{max-width:none}.case,figure,tr,svg{break-inside:avoid}h2,h3{break-after:avoid}.wide{overflow:visible}svg{max-width:100%;height:auto}}
`;
