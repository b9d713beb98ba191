#include "lab/waits.h"

#include <algorithm>

namespace trunkline::lab {
using wire::Card;
using wire::Idle;
using wire::Stage;

namespace {

struct StagePoint {
  RoadPoint point;
  Stage stage;
};
// What a rank's turn begins is no stage: see turn_before().
constexpr StagePoint kPoints[] = {
    {RoadPoint::client_due, Stage::client_due},
    {RoadPoint::client_send, Stage::client_send},
    {RoadPoint::edge_in, Stage::edge_in},
    {RoadPoint::edge_decided, Stage::edge_decided},
    {RoadPoint::edge_out, Stage::edge_out},
    {RoadPoint::rank_in, Stage::rank_in},
    {RoadPoint::rank_matched, Stage::rank_matched},
    {RoadPoint::rank_routed, Stage::rank_routed},
    {RoadPoint::store_asked, Stage::store_asked},
    {RoadPoint::commit_begun, Stage::commit_begun},
    {RoadPoint::committed, Stage::committed},
    {RoadPoint::rank_durable, Stage::rank_durable},
    {RoadPoint::rank_link, Stage::rank_link},
    {RoadPoint::rank_out, Stage::rank_out},
    {RoadPoint::edge_back, Stage::edge_back},
    {RoadPoint::edge_write, Stage::edge_write},
    {RoadPoint::edge_written, Stage::edge_written},
    {RoadPoint::client_receive, Stage::client_receive},
};

std::optional<RoadPoint> point_of(Stage stage) {
  for (const StagePoint& known : kPoints) {
    if (known.stage == stage) return known.point;
  }
  return std::nullopt;
}

constexpr const char* kPortTurn = "port_turn";
constexpr const char* kLinkTurn = "link_turn";

std::optional<RoadPoint> point_named(std::string_view word) {
  if (word == kPortTurn) return RoadPoint::port_turn;
  if (word == kLinkTurn) return RoadPoint::link_turn;
  for (const StagePoint& known : kPoints) {
    if (word == word_of(known.stage)) return known.point;
  }
  return std::nullopt;
}

struct StretchName {
  RoadPoint from, to;
  StretchKind kind;
  const char* name;
};
constexpr StretchName kNames[] = {
    {RoadPoint::client_due, RoadPoint::client_send, StretchKind::wait, "generator late"},
    {RoadPoint::client_send, RoadPoint::edge_in, StretchKind::road, "WebSocket, to edge A"},
    {RoadPoint::edge_in, RoadPoint::edge_decided, StretchKind::work, "edge A reads, checks"},
    {RoadPoint::edge_decided, RoadPoint::edge_out, StretchKind::wait, "wait for edge A's batch"},
    {RoadPoint::edge_out, RoadPoint::port_turn, StretchKind::road, "ZeroMQ, until the rank's turn"},
    {RoadPoint::edge_out, RoadPoint::rank_in, StretchKind::road, "ZeroMQ, into the running turn"},
    {RoadPoint::port_turn, RoadPoint::rank_in, StretchKind::wait, "place in the rank's turn"},
    {RoadPoint::rank_in, RoadPoint::rank_routed, StretchKind::work, "route"},
    {RoadPoint::rank_routed, RoadPoint::rank_link, StretchKind::wait, "credit, end of the turn"},
    {RoadPoint::rank_link, RoadPoint::link_turn, StretchKind::road, "MPI, until the rank's turn"},
    {RoadPoint::rank_link, RoadPoint::rank_matched, StretchKind::road,
     "MPI, into the running turn"},
    {RoadPoint::link_turn, RoadPoint::rank_matched, StretchKind::wait, "place in the rank's turn"},
    {RoadPoint::rank_matched, RoadPoint::rank_routed, StretchKind::work, "route"},
    {RoadPoint::rank_routed, RoadPoint::store_asked, StretchKind::wait,
     "end of the turn, to the store"},
    {RoadPoint::store_asked, RoadPoint::commit_begun, StretchKind::wait, "store queue"},
    {RoadPoint::commit_begun, RoadPoint::committed, StretchKind::work, "commit"},
    {RoadPoint::committed, RoadPoint::rank_durable, StretchKind::wait, "until the rank knows"},
    {RoadPoint::store_asked, RoadPoint::rank_durable, StretchKind::work, "store (in memory)"},
    {RoadPoint::rank_durable, RoadPoint::rank_out, StretchKind::wait, "credit, end of the turn"},
    {RoadPoint::rank_durable, RoadPoint::rank_link, StretchKind::wait, "credit, end of the turn"},
    {RoadPoint::rank_routed, RoadPoint::rank_out, StretchKind::wait, "credit, end of the turn"},
    {RoadPoint::rank_out, RoadPoint::edge_back, StretchKind::road, "ZeroMQ, to edge B"},
    {RoadPoint::edge_back, RoadPoint::edge_write, StretchKind::work, "edge B delivers"},
    {RoadPoint::edge_write, RoadPoint::edge_written, StretchKind::wait, "edge B's outbox"},
    {RoadPoint::edge_written, RoadPoint::client_receive, StretchKind::road,
     "WebSocket, to client B"},
};

bool comes_before(const Card& a, const Card& b) {
  if (a.id != b.id) return a.id < b.id;
  if (a.ns != b.ns) return a.ns < b.ns;
  return *point_of(a.stage) < *point_of(b.stage);
}

struct Turn {
  RoadPoint point;
  std::uint64_t began_ns;
};
// Where a rank has taken the message: the beginning of the turn in which it did.
std::optional<Turn> turn_of(const Card& card) {
  if (card.stage != Stage::rank_in && card.stage != Stage::rank_matched) return std::nullopt;
  const RoadPoint point =
      card.stage == Stage::rank_in ? RoadPoint::port_turn : RoadPoint::link_turn;
  return Turn{point, card.ns - wire::turn_detail(card.detail).begun_ns};
}

}  // namespace

std::string word_of(RoadPoint point) {
  if (point == RoadPoint::port_turn) return kPortTurn;
  if (point == RoadPoint::link_turn) return kLinkTurn;
  for (const StagePoint& known : kPoints) {
    if (known.point == point) return word_of(known.stage);
  }
  return "";
}

std::string word_of(const Stretch& stretch) {
  return word_of(stretch.from) + "-" + word_of(stretch.to);
}

std::size_t place_of(const Stretch& stretch) {
  const auto* const found = std::ranges::find_if(kNames, [&](const StretchName& known) {
    return known.from == stretch.from && known.to == stretch.to;
  });
  return static_cast<std::size_t>(found - std::begin(kNames));
}

StretchKind kind_of(const Stretch& stretch) {
  const std::size_t place = place_of(stretch);
  return place < std::size(kNames) ? kNames[place].kind : StretchKind::road;
}

bool is_between_processes(const Stretch& stretch) {
  switch (stretch.from) {
    case RoadPoint::client_send:
    case RoadPoint::edge_out:
    case RoadPoint::rank_link:
    case RoadPoint::rank_out:
    case RoadPoint::edge_written:
      return true;
    default:
      return false;
  }
}

std::string name_of(const Stretch& stretch) {
  const std::size_t place = place_of(stretch);
  if (place < std::size(kNames)) return kNames[place].name;
  return word_of(stretch.from) + " -> " + word_of(stretch.to);
}

std::optional<Stretch> stretch_of(std::string_view word) {
  const std::size_t dash = word.find('-');
  if (dash == word.npos) return std::nullopt;
  const auto from = point_named(word.substr(0, dash)), to = point_named(word.substr(dash + 1));
  if (!from || !to) return std::nullopt;
  return Stretch{*from, *to};
}

void WaitTable::add(std::vector<Card> cards, const ClockOf& clock) {
  std::erase_if(cards, [&](Card& card) {
    return card.id == 0 || !point_of(card.stage) || (clock && !clock(card));
  });
  std::ranges::sort(cards, comes_before);
  for (auto begin = cards.cbegin(); begin != cards.cend();) {
    const auto end =
        std::find_if(begin, cards.cend(), [&](const Card& card) { return card.id != begin->id; });
    add_message(begin, end);
    begin = end;
  }
}

void WaitTable::add_message(std::vector<Card>::const_iterator begin,
                            std::vector<Card>::const_iterator end) {
  const auto find = [&](Stage stage) {
    return std::find_if(begin, end, [stage](const Card& card) { return card.stage == stage; });
  };
  const auto due = find(Stage::client_due), received = find(Stage::client_receive);
  if (due == end || received == end) {
    ++unfinished_;
    return;
  }
  RoadPoint at = RoadPoint::client_due;
  std::uint64_t at_ns = due->ns;
  const auto go_on = [&](RoadPoint to, std::uint64_t to_ns, Idle idle) {
    Times& row = rows_[{at, to}];
    const auto passed_ns = static_cast<std::int64_t>(to_ns - at_ns);
    row.times.record(passed_ns);
    if (idle != Idle::untold) row.by_idle[idle].record(passed_ns);
    row.begin_ns += static_cast<double>(at_ns - due->ns);
    at = to;
    at_ns = to_ns;
  };
  for (auto card = begin; card != end; ++card) {
    if (card == due || card->ns < due->ns) continue;
    Idle idle = Idle::untold;
    if (const auto turn = turn_of(*card)) {
      idle = wire::turn_detail(card->detail).idle;
      if (turn->began_ns > at_ns && turn->began_ns < card->ns) {
        go_on(turn->point, turn->began_ns, idle);
        idle = Idle::untold;
      }
    }
    go_on(*point_of(card->stage), card->ns, idle);
    if (card == received) break;
  }
  end_to_end_.record(static_cast<std::int64_t>(received->ns - due->ns));
}

std::vector<WaitTable::Row> WaitTable::rows() const {
  std::vector<std::pair<double, Row>> rows;  // with where it begins, on the average
  for (const auto& [stretch, times] : rows_) {
    Row row{stretch, &times.times, {}};
    for (const auto& [idle, histogram] : times.by_idle) row.by_idle.emplace_back(idle, &histogram);
    rows.emplace_back(times.begin_ns / static_cast<double>(times.times.count()), std::move(row));
  }
  std::ranges::stable_sort(rows, {}, [](const auto& row) { return row.first; });
  std::vector<Row> sorted;
  for (auto& [_, row] : rows) sorted.push_back(std::move(row));
  return sorted;
}

}  // namespace trunkline::lab
