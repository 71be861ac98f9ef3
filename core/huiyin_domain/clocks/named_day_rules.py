"""Last days that a meeting or a supervisor names: Articles 12 and 40."""

from huiyin_domain.clocks.basis import law
from huiyin_domain.clocks.milestone import Milestone
from huiyin_domain.clocks.rule import Counting, Rule, Text

NAMED_DAY_RULES: tuple[Rule, ...] = (
    Rule(
        "M1",
        basis=law("第十二条第二款", "Art. 12(2)"),
        since=Text("决议生效", "the resolution"),
        act=Text("完成联席会议交付的任务", "carry out the meeting's task"),
        starts=frozenset({Milestone.TASK_SET}),
        stops=frozenset({Milestone.TASK_DONE}),
        voids=frozenset({Milestone.TASK_REVOKED}),
        counting=Counting.NAMED_DAY,
    ),
    Rule(
        "O1",
        basis=law("第四十条", "Art. 40"),
        since=Text("督办", "the order"),
        act=Text("书面答复督办单", "answer the supervision order"),
        starts=frozenset({Milestone.ORDERED}),
        stops=frozenset({Milestone.ORDER_ANSWERED, Milestone.ORDER_CARRIED_OUT}),
        counting=Counting.NAMED_DAY,
    ),
)
