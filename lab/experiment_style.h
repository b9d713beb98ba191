// How report.html looks: on a wide screen, on a phone, by day and by night, and printed.
#pragma once

namespace trunkline::lab {

inline constexpr const char* kExperimentStyle = R"(
:root{--ground:#fff;--card:#f6f7f9;--ink:#1d2126;--soft:#5b6470;--rule:#dfe3e8;--good:#00694c;
--bad:#b3261e;--warn:#8a5a00;--link:#0060a0;color-scheme:light dark}
@media(prefers-color-scheme:dark){:root{--ground:#16181c;--card:#1f2328;--ink:#e4e7eb;--soft:#9aa4b0;
--rule:#343a41;--good:#45c99b;--bad:#ff8a80;--warn:#f0b73c;--link:#6cb8f0}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);
font:15px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif}
main{max-width:1240px;margin:0 auto;padding:16px 24px 48px}
h1{font-size:24px;line-height:1.25;margin:0 0 2px}
h2{font-size:19px;margin:38px 0 8px;padding-top:10px;border-top:1px solid var(--rule)}
h3{font-size:15px;margin:14px 0 6px}
p{margin:6px 0}
.soft,small{color:var(--soft)}small{font-size:12px}
.verdict{margin:12px 0;padding:10px 16px;border-left:6px solid var(--warn);background:var(--card);
border-radius:4px}
.verdict b{font-size:20px;margin-right:8px}
.verdict.good{border-color:var(--good)}.verdict.good b{color:var(--good)}
.verdict.exploratory b{color:var(--warn)}
.verdict.void,.verdict.failed{border-color:var(--bad)}
.verdict.void b,.verdict.failed b{color:var(--bad)}
.banner{margin:12px 0;padding:9px 16px;background:#b3261e;color:#fff;border-radius:4px;font-weight:600}
.first{display:grid;grid-template-columns:minmax(0,3fr) minmax(0,2fr);gap:8px 28px}
.numbers{display:grid;grid-template-columns:repeat(auto-fit,minmax(128px,1fr));gap:8px}
.number{background:var(--card);border-radius:6px;padding:9px 12px}
.number span{display:block;font-size:12px;color:var(--soft);line-height:1.4}
.number b{display:block;font-size:21px;line-height:1.3;font-variant-numeric:tabular-nums}
.number b i{font-size:13px;font-style:normal;font-weight:500;margin-left:3px}
.number b.word{font-size:16px;padding:4px 0}
.checks{list-style:none;margin:0;padding:0;font-size:14px}
.checks li{padding:3px 0 3px 86px;text-indent:-86px;line-height:1.4}
.checks li>b{display:inline-block;width:86px;text-indent:0;font-size:13px}
.yes>b{color:var(--good)}.no>b{color:var(--bad)}
.figures{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:26px 34px}
figure{margin:0;min-width:0}
figure svg{display:block;width:100%;max-width:680px;height:auto}
figcaption{font-size:13px;color:var(--soft);margin-top:4px}
a{color:var(--link)}
.narrow{display:none}
.wide-table{overflow-x:auto;margin:8px 0}
table{border-collapse:collapse;font-size:14px;font-variant-numeric:tabular-nums}
th,td{padding:5px 12px 5px 0;text-align:right;vertical-align:top;border-bottom:1px solid var(--rule);
white-space:nowrap}
th{font-weight:600;font-size:12.5px;color:var(--soft);vertical-align:bottom}
td small{display:block}
td.words,th.words{text-align:left}
td.words:last-child{white-space:normal;min-width:200px}
table.manifest td{text-align:left;white-space:normal;overflow-wrap:anywhere}
table.manifest td:first-child{white-space:nowrap;color:var(--soft)}
@media(max-width:900px){.first,.figures{grid-template-columns:minmax(0,1fr)}}
@media(max-width:620px){main{padding:12px 14px 32px}h1{font-size:20px}
.wide{display:none}.narrow{display:block}.numbers{grid-template-columns:repeat(2,minmax(0,1fr))}
.checks li{padding-left:0;text-indent:0}.checks li>b{width:auto;margin-right:8px}}
@media print{.figures{grid-template-columns:minmax(0,1fr)}figure,table{break-inside:avoid}}
)";

}  // namespace trunkline::lab
