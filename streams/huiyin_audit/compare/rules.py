"""What a topic must keep towards the rows it is made of, each with the sentence for when it does not."""

from huiyin_audit.findings import Rule

RECORD_MISSING = Rule(
    "RECORD_MISSING",
    "位置 {first} 至 {last} 已记为发布，主题 {topic} 上却没有",
    "positions {first} to {last} are marked as published, but are not on topic {topic}",
)
VALUE_ALTERED = Rule(
    "VALUE_ALTERED",
    "{record} 处记录的内容与库中位置 {position} 不同",
    "the value of the record at {record} is not what the store has at position {position}",
)
HEADERS_ALTERED = Rule(
    "HEADERS_ALTERED",
    "{record} 处记录的头部与库中位置 {position} 不同：{names}",
    "headers of the record at {record} are not what the store's position {position} gives: {names}",
)
KEY_WRONG = Rule(
    "KEY_WRONG",
    "{record} 处记录的键不是库中位置 {position} 的键",
    "the key of the record at {record} is not that of position {position}",
)
PARTITION_WRONG = Rule(
    "PARTITION_WRONG",
    "{record} 处记录的键属于分区 {partition}：同一事项的次序不再成立",
    "the key of the record at {record} belongs in partition {partition}: one case would lose its order",
)
ORDER_BROKEN = Rule(
    "ORDER_BROKEN",
    "{record} 处记录（位置 {position}）晚于同键的位置 {later} 才出现",
    "the record at {record} (position {position}) first stands after position {later} of the same key",
)
FOREIGN_RECORD = Rule(
    "FOREIGN_RECORD",
    "{record} 处记录不是由库中任何一行生成：{reason}",
    "no row of the store gives the record at {record}: {reason}",
)
PLACE_PARKED = Rule(
    "PLACE_PARKED",
    "位置 {position} 在 {record} 处只有代位记录，事件本身未能发布",
    "position {position} has but a placeholder at {record}: the brokers would not take its event",
)
CURSOR_BEYOND_STORE = Rule(
    "CURSOR_BEYOND_STORE",
    "发布已记到位置 {cursor}，库中止于 {end}：库的末尾被截去",
    "publishing is marked up to position {cursor}, but the store ends at {end}: its tail was cut off",
)
RECORD_REPEATED = Rule(
    "RECORD_REPEATED",
    "位置 {position} 在 {record} 处再次出现：此主题上每条只许一次",
    "position {position} stands again at {record}: on this topic each may stand but once",
)
