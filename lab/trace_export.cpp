#include "lab/trace_export.h"

#include <algorithm>
#include <array>
#include <optional>
#include <ostream>
#include <string>

#include "lab/format.h"
#include "lab/hops.h"

namespace trunkline::lab {
namespace {

// After the moment when the message was due; absent: the stamp was not made.
using Times = std::array<std::optional<std::int64_t>, wire::kStampCount>;

Times times_of(const TracedMessage& message) {
  Times times;
  auto before = static_cast<std::uint32_t>(message.due_ns);
  std::int64_t passed = 0;
  for (std::size_t at = 0; at < times.size(); ++at) {
    if (!message.stamps.has(static_cast<wire::Stamp>(at))) continue;
    // The low bits of a clock: their difference is right across a wrap.
    passed += static_cast<std::int32_t>(message.stamps.at[at] - before);
    before = message.stamps.at[at];
    times[at] = passed;
  }
  return times;
}

std::string id_of(const LaunchMessage& one) {
  return format("%zu.%u.%u.%u", one.launch, one.message.cell, one.message.pair,
                one.message.stamps.sequence);
}

void write_event(std::ostream& out, char phase, std::string_view name, const LaunchMessage& one,
                 std::int64_t at_ns) {
  out << "{\"ph\":\"" << phase << "\",\"cat\":\"message\",\"name\":\"" << name << "\",\"id\":\""
      << id_of(one)
      << format("\",\"pid\":%zu,\"tid\":%u,\"ts\":%.3f}", one.launch, one.message.pair,
                static_cast<double>(at_ns) / 1000);
}

}  // namespace

std::int64_t end_to_end_ns(const TracedMessage& message) {
  std::int64_t last = 0;
  for (const auto& time : times_of(message)) last = time.value_or(last);
  return last;
}

void Slowest::add(const LaunchMessage& message) {
  heap_.push_back({end_to_end_ns(message.message), message});
  std::push_heap(heap_.begin(), heap_.end());
  if (heap_.size() <= most_) return;
  std::pop_heap(heap_.begin(), heap_.end());
  heap_.pop_back();
}

std::vector<LaunchMessage> Slowest::take() {
  std::sort_heap(heap_.begin(), heap_.end());
  std::vector<LaunchMessage> messages;
  for (Entry& entry : heap_) messages.push_back(std::move(entry.message));
  heap_.clear();
  return messages;
}

void write_chrome_trace(std::ostream& out, const std::vector<LaunchMessage>& messages) {
  out << "[";
  const char* between = "\n";
  const auto event = [&](char phase, std::string_view name, const LaunchMessage& one,
                         std::int64_t at_ns) {
    out << between;
    between = ",\n";
    write_event(out, phase, name, one, at_ns);
  };
  for (const LaunchMessage& one : messages) {
    const std::int64_t due = one.message.due_ns;
    const Times times = times_of(one.message);
    event('b', "message", one, due);
    std::int64_t before = 0;
    for (std::size_t at = 0; at < times.size(); ++at) {
      if (!times[at]) continue;
      const std::string name = "to " + std::string(name_of(static_cast<wire::Stamp>(at)));
      event('b', name, one, due + before);
      event('e', name, one, due + *times[at]);
      before = *times[at];
    }
    event('e', "message", one, due + before);
  }
  out << "\n]\n";
}

void write_stamps_head(std::ostream& out) {
  out << "launch,cell,pair,sequence,due_ns";
  for (std::size_t at = 0; at < wire::kStampCount; ++at) {
    out << "," << word_of(static_cast<wire::Stamp>(at)) << "_ns";
  }
  out << "\r\n";
}

void write_stamps_row(std::ostream& out, const LaunchMessage& one) {
  out << one.launch << "," << one.message.cell << "," << one.message.pair << ","
      << one.message.stamps.sequence << "," << one.message.due_ns;
  for (const auto& time : times_of(one.message)) {
    out << ",";
    if (time) out << *time;
  }
  out << "\r\n";
}

}  // namespace trunkline::lab
