"""Sizes, hatches and style sheet of a map; a class for each thing that is drawn."""

from __future__ import annotations

from typing import Final

MAP_WIDTH: Final = 1080.0

MAP_HEIGHTS: Final = (520.0, 860.0)

PANEL_WIDTH: Final = 380.0

EDGE: Final = 20.0

SMALL: Final = 11.5

HATCHES: Final = (
    '<path d="M-2,2L2,-2M0,12L12,0M10,14L14,10"/>',
    '<circle cx="4" cy="4" r="1.3"/><circle cx="10" cy="10" r="1.3"/>',
    '<path d="M-2,10L2,14M0,0L12,12M10,-2L14,2"/>',
    '<path d="M0,6H12"/>',
    '<path d="M6,0V12"/>',
)

STYLE: Final = """
.sp text{font-family:"Noto Sans",system-ui,sans-serif;font-size:13px;fill:#1b2430}
.sp .paper{fill:#fff}.sp .ground{fill:#fbfaf6}.sp .neat{fill:none;stroke:#1b2430;stroke-width:1.2}
.sp .grid{fill:none;stroke:#5d7896;stroke-width:.6;stroke-opacity:.35}
.sp .gridno{font-size:10px;fill:#45607c}
.sp .area{stroke-width:1.6;stroke-linejoin:round}
.sp .derived{stroke-dasharray:7 5;stroke-opacity:.8}.sp .assumed{stroke-dasharray:2 4}
.sp .h0{stroke:#2d6299}.sp .h1{stroke:#8a5a00}.sp .h2{stroke:#6b3f8c}.sp .h3{stroke:#2c7567}
.sp .h4{stroke:#6a6a6a}
.sp .t0{fill:#245487}.sp .t1{fill:#734b00}.sp .t2{fill:#5a3378}.sp .t3{fill:#1f5d51}
.sp .t4{fill:#4b4b4b}
.sp .holder{font-size:17px;font-weight:700;letter-spacing:.6px}
.sp .halo{paint-order:stroke;stroke:#fff;stroke-width:3.4px;stroke-linejoin:round}
.sp .road{fill:none;stroke-linecap:round;stroke-linejoin:round}
.sp .r0c{stroke:#747c86;stroke-width:5}.sp .r0{stroke:#f3dfae;stroke-width:3}
.sp .r1c{stroke:#818993;stroke-width:4}.sp .r1{stroke:#f8efd2;stroke-width:2.2}
.sp .r2c{stroke:#8d959f;stroke-width:3.2}.sp .r2{stroke:#fff;stroke-width:1.6}
.sp .r3{stroke:#98a0a9;stroke-width:1.7}.sp .r4{stroke:#aeb5bd;stroke-width:1}
.sp .r5{stroke:#bcc2c8;stroke-width:.9;stroke-dasharray:4 3}
.sp .danger{stroke:#a61b1b;stroke-width:1.5;stroke-dasharray:6 3}
.sp .danger-line{fill:none;stroke:#c62f2f;stroke-opacity:.28;stroke-linecap:round}
.sp .danger-core{fill:none;stroke:#a61b1b;stroke-width:2;stroke-dasharray:6 3}
.sp .band{fill:#0d6b62;fill-opacity:.17;stroke:#0d6b62;stroke-width:.8;stroke-opacity:.5}
.sp .lost{fill:#fff;fill-opacity:.6;stroke:#a61b1b;stroke-width:3}
.sp .icon{fill:none;stroke:#8f1414;stroke-width:1.7;stroke-linecap:round;stroke-linejoin:round}
.sp .iconbox{fill:#fff;stroke:#a61b1b;stroke-width:1.2}
.sp .warn{fill:#8f1414;font-weight:700;font-size:12px}
.sp .shut{fill:none;stroke:#1b2430;stroke-width:2.6}
.sp .shutx{fill:none;stroke:#fff;stroke-width:1.8}
.sp .shutdot{fill:#1b2430;fill-rule:evenodd}
.sp .under{fill:none;stroke:#fff;stroke-opacity:.92;stroke-linejoin:round;stroke-linecap:round}
.sp .way{fill:none;stroke-width:3.8;stroke-linejoin:round}
.sp .w0{stroke:#00528f}
.sp .w1{stroke:#c24a00;stroke-dasharray:13 5}
.sp .w2{stroke:#00795a;stroke-dasharray:4 3.5}
.sp .w3{stroke:#7a3f98;stroke-dasharray:16 4 4 4}
.sp .w4{stroke:#6b5600;stroke-dasharray:8 8}
.sp .w5{stroke:#1b2430;stroke-dasharray:2 5}
.sp .badge{fill:#fff;stroke-width:2.6}
.sp .b0{stroke:#00528f}.sp .b1{stroke:#c24a00}.sp .b2{stroke:#00795a}.sp .b3{stroke:#7a3f98}
.sp .b4{stroke:#6b5600}.sp .b5{stroke:#1b2430}
.sp .badgeno{font-weight:700;font-size:14px;text-anchor:middle}
.sp .mark{stroke:#fff;stroke-width:1.4;stroke-linejoin:round}
.sp .k-crossing{fill:#a61b1b}.sp .k-depot{fill:#51606f}.sp .k-reception_centre{fill:#0d6b62}
.sp .k-fall_back{fill:#1b2430}.sp .k-medical_point{fill:#b3261e}.sp .k-settlement{fill:#3c4652}
.sp .k-assembly_point{fill:#14558f}.sp .pick{fill:#14558f;fill-opacity:.85}
.sp .hand{fill:#fff;stroke:#1b2430;stroke-width:2}
.sp .handno{font-size:9.5px;font-weight:700;text-anchor:middle}
.sp .name{font-size:13px}.sp .strong{font-weight:700}
.sp .title{font-size:23px;font-weight:700}.sp .sub{font-size:14px;fill:#3d4956}
.sp .head{font-size:14px;font-weight:700}.sp .small{font-size:11.5px;fill:#3d4956}
.sp .rule{stroke:#c9d1d9;stroke-width:1}
.sp .banner{fill:#fff1cc;stroke:#b98a1e;stroke-width:1}.sp .bannertext{font-weight:700;fill:#5d4200}
.sp .scaleb{fill:#1b2430;stroke:#1b2430;stroke-width:1}
.sp .scalew{fill:#fff;stroke:#1b2430;stroke-width:1}
.sp .plate{fill:#fff;fill-opacity:.86}
"""
