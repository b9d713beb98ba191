#include "edge/live_board.h"

#include <algorithm>
#include <boost/json.hpp>

#include "wire/live.h"

namespace trunkline::edge {
namespace json = boost::json;

namespace {

double number(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_number() ? value->to_number<double>() : 0;
}

const json::object* part(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value == nullptr ? nullptr : value->if_object();
}

// What `now` counts a second more than `before`; null where they are not of one life of that rank.
json::value rates_between(const json::object& before, const json::object& now) {
  const double elapsed_us = number(now, "up_us") - number(before, "up_us");
  const json::object *old = part(before, "counters"), *fresh = part(now, "counters");
  if (elapsed_us <= 0 || old == nullptr || fresh == nullptr) return nullptr;
  json::object rates;
  for (const auto& [name, value] : *fresh) {
    rates[name] = (number(*fresh, name) - number(*old, name)) * 1e6 / elapsed_us;
  }
  return rates;
}

json::value commit_mean(const json::value& rates) {
  if (!rates.is_object()) return nullptr;
  const double commits = number(rates.get_object(), "commits");
  if (commits <= 0) return nullptr;
  return number(rates.get_object(), "commit_us") / commits;
}

}  // namespace

std::string live_json(const LiveSnapshot& snapshot) {
  return json::serialize(snapshot);
}

LiveBoard::Looked LiveBoard::look(std::int64_t now_us, wire::RankId own) {
  const std::lock_guard lock(mutex_);
  if (now_us - second_us_ >= kAskEveryUs) {
    second_us_ = now_us;
    looks_ = 0;
  }
  if (looks_ >= kLooksPerSecondMax) return {};
  ++looks_;
  if (now_us - asked_us_ < kAskEveryUs) return {true, {}};
  asked_us_ = now_us;
  if (own_ != own) ranks_ = 0;
  own_ = own;
  asked_.clear();
  pending_.clear();
  return {true, unasked()};
}

// The rank of the port, and all others as soon as it has told how many there are.
std::vector<wire::RankId> LiveBoard::unasked() {
  std::vector<wire::RankId> ranks;
  const auto ask = [&](wire::RankId rank) {
    if (!asked_.insert(rank).second) return;
    pending_.insert(rank);
    ranks.push_back(rank);
  };
  ask(own_);
  for (std::size_t i = 0; i < std::min(ranks_, wire::kLiveRanksMax); ++i) {
    ask(static_cast<wire::RankId>(i));
  }
  return ranks;
}

std::vector<wire::RankId> LiveBoard::take(wire::RankId rank, wire::BytesView text,
                                          std::int64_t now_us) {
  const std::lock_guard lock(mutex_);
  pending_.erase(rank);
  boost::system::error_code bad;
  json::value told = json::parse({text.data(), text.size()}, bad);
  if (bad || !told.is_object()) {
    told_.erase(rank);
    return {};
  }
  json::object& what = told.get_object();
  Told& entry = told_[rank];
  const bool is_next = now_us - entry.at_us <= kRecentUs;
  what["rates"] = is_next ? rates_between(entry.what, what) : json::value(nullptr);
  what["commit_mean_us"] = commit_mean(what["rates"]);
  entry = {std::move(what), now_us};
  if (rank != own_) return {};
  ranks_ = static_cast<std::size_t>(number(entry.what, "ranks"));
  return unasked();
}

void LiveBoard::reached(std::int64_t took_us) {
  const std::lock_guard lock(mutex_);
  edge_rtt_us_ = took_us;
}

bool LiveBoard::is_ready() {
  const std::lock_guard lock(mutex_);
  return pending_.empty();
}

LiveSnapshot LiveBoard::snapshot(std::int64_t now_us) {
  const std::lock_guard lock(mutex_);
  json::array ranks;
  for (const auto& [rank, told] : told_) {
    if (now_us - told.at_us > kRecentUs) continue;
    json::object one = told.what;
    one["age_ms"] = (now_us - told.at_us) / 1'000;
    ranks.push_back(std::move(one));
  }
  LiveSnapshot whole{{"edge", edge_}, {"ranks_total", ranks_}, {"every_ms", kAskEveryUs / 1'000}};
  whole["edge_rank"] = own_ == wire::kNoRank ? json::value(nullptr) : json::value(own_);
  whole["edge_rtt_us"] = ranks.empty() ? json::value(nullptr) : json::value(edge_rtt_us_);
  whole["ranks"] = std::move(ranks);
  return whole;
}

}  // namespace trunkline::edge
