#include "lab/trace_export.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <optional>
#include <ostream>
#include <string>

#include "lab/format.h"
#include "lab/hops.h"

namespace trunkline::lab {
namespace json = boost::json;

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

// ---- OpenTelemetry

json::object attribute(const char* key, json::object value) {
  return {{"key", key}, {"value", std::move(value)}};
}
json::object attribute(const char* key, std::string_view text) {
  return attribute(key, json::object{{"stringValue", text}});
}
json::object attribute(const char* key, std::int64_t number) {  // 64 bits are text in its JSON
  return attribute(key, json::object{{"intValue", std::to_string(number)}});
}

std::string trace_id_of(const TracedMessage& message) {
  return format("%016llx%08x%08x", static_cast<unsigned long long>(message.due_ns), message.pair,
                message.stamps.sequence);
}
// `place`: 0 the message, then its hops.
std::string span_id_of(const TracedMessage& message, std::size_t place) {
  return format("%016llx", static_cast<unsigned long long>(message.due_ns) << 8 | (place + 1));
}

json::object span_of(const TracedMessage& message, std::size_t place, std::string_view name,
                     std::int64_t from_ns, std::int64_t until_ns) {
  constexpr int kInternal = 1;
  return {{"traceId", trace_id_of(message)},
          {"spanId", span_id_of(message, place)},
          {"parentSpanId", place == 0 ? "" : span_id_of(message, 0)},
          {"name", name},
          {"kind", kInternal},
          {"startTimeUnixNano", std::to_string(from_ns)},
          {"endTimeUnixNano", std::to_string(std::max(from_ns, until_ns))}};
}

void add_spans(json::array& spans, const TracedMessage& message, std::int64_t epoch_ns) {
  const std::int64_t due = message.due_ns + epoch_ns;
  json::object whole = span_of(message, 0, "message", due, due + end_to_end_ns(message));
  whole["attributes"] = {attribute("trunkline.cell", std::int64_t{message.cell}),
                         attribute("trunkline.pair", std::int64_t{message.pair}),
                         attribute("trunkline.sequence", std::int64_t{message.stamps.sequence})};
  spans.push_back(std::move(whole));
  const Times times = times_of(message);
  std::int64_t before = 0;
  std::string_view from = "due";
  for (std::size_t at = 0, place = 1; at < times.size(); ++at) {
    if (!times[at]) continue;
    const auto stamp = static_cast<wire::Stamp>(at);
    json::object hop = span_of(message, place++, "to " + std::string(name_of(stamp)), due + before,
                               due + *times[at]);
    hop["attributes"] = {attribute("trunkline.from", from),
                         attribute("trunkline.to", word_of(stamp)),
                         attribute("trunkline.hop_ns", *times[at] - before)};
    spans.push_back(std::move(hop));
    before = *times[at];
    from = word_of(stamp);
  }
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

void write_otlp_trace(std::ostream& out, const std::vector<LaunchMessage>& messages,
                      const std::map<std::size_t, std::int64_t>& epoch_ns) {
  std::map<std::size_t, json::array> spans_of_launch;
  for (const LaunchMessage& one : messages) {
    const auto epoch = epoch_ns.find(one.launch);
    add_spans(spans_of_launch[one.launch], one.message,
              epoch == epoch_ns.end() ? 0 : epoch->second);
  }
  json::array launches;
  for (auto& [launch, spans] : spans_of_launch) {
    const json::object wall{{"boolValue", epoch_ns.contains(launch)}};
    const json::array attributes{attribute("service.name", std::string_view("trunkline")),
                                 attribute("trunkline.launch", static_cast<std::int64_t>(launch)),
                                 attribute("trunkline.wall_clock", wall)};
    launches.push_back(
        {{"resource", {{"attributes", attributes}}},
         {"scopeSpans", {{{"scope", {{"name", "trunkline-lab"}}}, {"spans", std::move(spans)}}}}});
  }
  out << json::object{{"resourceSpans", std::move(launches)}} << "\n";
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
