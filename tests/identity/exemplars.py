"""The exemplars that the golden ids were made with: those of the pocket benchmark's first edition.

They are written down, so that another edition of the benchmark, which measures something else and
rightly has other ids, does not unsay the ids of everything else.
"""

from __future__ import annotations

from harness.contracts.problem import Exemplar

_SOLVED = """
a2b5c1 08 a2=02;b5=07;c1=08;
a33b47 080 a33=033;b47=080;
82+85 167 2+5=07:7;8+8=16:67;
57*3 171 7*3+0=21:1;5*3+2=17:71;
69@7 483 9*7+0=63:3;6*7+6=48:83;
a0b4c2d0 06 a0=00;b4=04;c2=06;d0=06;
a22b51c12 085 a22=022;b51=073;c12=085;
944+866 1810 4+6=10:0;4+6=11:10;9+8=18:810;
79*2 158 9*2+0=18:8;7*2+1=15:58;
91@7 637 1*7+0=07:7;9*7+0=63:37;
a0b6c1d1e8f9 25 a0=00;b6=06;c1=07;d1=08;e8=16;f9=25;
a10b74 084 a10=010;b74=084;
86+45 131 6+5=11:1;8+4=13:31;
90*2 180 0*2+0=00:0;9*2+0=18:80;
37@3 111 7*3+0=21:1;3*3+2=11:11;
a3b7c3 13 a3=03;b7=10;c3=13;
a76b83c57 216 a76=076;b83=159;c57=216;
882+676 1558 2+6=08:8;8+7=15:58;8+6=15:558;
22*9 198 2*9+0=18:8;2*9+1=19:98;
65@7 455 5*7+0=35:5;6*7+3=45:55;
"""

EXEMPLARS = tuple(
    Exemplar(question, {"answer": answer, "rationale": rationale})
    for question, answer, rationale in map(str.split, _SOLVED.split("\n")[1:-1])
)
