#include "lab/traced_messages.h"

#include <cstring>
#include <istream>
#include <map>
#include <stdexcept>

#include "lab/histogram.h"
#include "lab/hops.h"
#include "lab/statistics.h"

namespace trunkline::lab {
namespace {

constexpr std::string_view kMagic = "TLTRACE1";
constexpr std::size_t kHeaderBytes = 16, kRecordBytes = 80, kStampsAt = 16;
constexpr double kNsPerUs = 1000;

// Little-endian, as the recorder's machine and ours are.
template <class T>
T at(const char* bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

// From the moment when the message was due, so that a stall of the sender is a part of the whole.
std::vector<std::pair<std::string, std::int64_t>> legs_of(const TracedMessage& message) {
  std::vector<std::pair<std::string, std::int64_t>> legs;
  const std::vector<Hop> hops = hops_of(message.stamps);
  if (hops.empty()) return legs;
  const std::uint32_t first = message.stamps.at[static_cast<unsigned>(hops.front().from)];
  const auto waited = static_cast<std::int32_t>(first - static_cast<std::uint32_t>(message.due_ns));
  legs.push_back({"due -> " + std::string(name_of(hops.front().from)), waited});
  for (const Hop& hop : hops) {
    legs.push_back(
        {std::string(name_of(hop.from)) + " -> " + std::string(name_of(hop.to)), hop.nanoseconds});
  }
  return legs;
}

std::int64_t total_of(const TracedMessage& message) {
  std::int64_t total = 0;
  for (const auto& leg : legs_of(message)) total += leg.second;
  return total;
}

// Sums of the legs of messages whose whole time lies between two values.
struct Gathering {
  std::string name;
  std::int64_t from_ns, to_ns;
  std::uint64_t messages = 0;
  double sum_ns = 0;
  std::map<std::string, double> legs_ns;

  void add(const TracedMessage& message, std::int64_t total) {
    if (total < from_ns || total > to_ns) return;
    ++messages;
    sum_ns += static_cast<double>(total);
    for (const auto& [leg, time] : legs_of(message)) legs_ns[leg] += static_cast<double>(time);
  }
};

// As far from the percentile as half of what lies beyond it, and not more than a twentieth.
Gathering around(const char* name, double quantile, const Histogram& totals) {
  const double reach = std::min(0.05, (1 - quantile) / 2);
  return {name, totals.at(quantile - reach), totals.at(quantile + reach), 0, 0, {}};
}

// Legs in the order of the road: by the stamps that they end at.
std::vector<std::string> in_order(const std::map<std::string, std::size_t>& places) {
  std::multimap<std::size_t, std::string> by_place;
  for (const auto& [name, place] : places) by_place.insert({place, name});
  std::vector<std::string> names;
  for (const auto& [_, name] : by_place) names.push_back(name);
  return names;
}

}  // namespace

void read_traced(std::istream& in, const std::string& name,
                 const std::function<void(const TracedMessage&)>& on_message) {
  char header[kHeaderBytes];
  if (!in.read(header, sizeof header)) return;
  if (std::string_view(header, kMagic.size()) != kMagic ||
      at<std::uint32_t>(header + kMagic.size()) != kRecordBytes) {
    throw std::runtime_error(name + ": not a file of traced messages of this version");
  }
  char record[kRecordBytes];
  for (std::size_t number = 1; in.read(record, sizeof record); ++number) {
    const auto stamps =
        wire::decode_stamps(wire::BytesView(record + kStampsAt, kRecordBytes - kStampsAt));
    if (!stamps) {
      throw std::runtime_error(name + ", record " + std::to_string(number) +
                               ": stamps of an unknown version");
    }
    on_message({at<std::uint32_t>(record), at<std::uint32_t>(record + 4),
                at<std::int64_t>(record + 8), *stamps});
  }
}

std::vector<Band> bands_of(const TracedSource& source) {
  Histogram totals;
  std::map<std::string, std::size_t> places;
  source([&](const TracedMessage& message) {
    if (hops_of(message.stamps).empty()) return;
    totals.record(total_of(message));
    const std::vector<Hop> hops = hops_of(message.stamps);
    const auto legs = legs_of(message);
    places[legs.front().first] = 0;
    for (std::size_t i = 0; i < hops.size(); ++i) {
      places[legs[i + 1].first] = 1 + static_cast<std::size_t>(hops[i].to);
    }
  });
  if (totals.count() == 0) return {};
  std::vector<Gathering> gatherings;
  for (const auto& [name, quantile] : {std::pair{"p50", 0.5}, {"p99", 0.99}, {"p99.9", 0.999}}) {
    if (totals.count() >= samples_needed(quantile)) {
      gatherings.push_back(around(name, quantile, totals));
    }
  }
  gatherings.push_back({"max", totals.max(), totals.max(), 0, 0, {}});
  source([&](const TracedMessage& message) {
    if (hops_of(message.stamps).empty()) return;
    const std::int64_t total = total_of(message);
    for (Gathering& one : gatherings) one.add(message, total);
  });
  std::vector<Band> bands;
  for (const Gathering& one : gatherings) {
    if (one.messages == 0) continue;
    const double scale = 1 / (kNsPerUs * static_cast<double>(one.messages));
    Band band{one.name, one.sum_ns * scale, one.messages, {}};
    for (const std::string& leg : in_order(places)) {
      const auto found = one.legs_ns.find(leg);
      band.legs.push_back({leg, found == one.legs_ns.end() ? 0 : found->second * scale});
    }
    bands.push_back(std::move(band));
  }
  return bands;
}

}  // namespace trunkline::lab
