#include "lab/generator_lines.h"

#include <stdexcept>

#include "lab/histogram_log.h"
#include "wire/base64.h"

namespace trunkline::lab {
namespace json = boost::json;

namespace {

template <int Digits>
json::value to_json(const BasicHistogram<Digits>& histogram) {
  if (histogram.count() == 0) return {};
  return {{"counts", encode_histogram(histogram)},
          {"sum", histogram.sum()},
          {"max", histogram.max()},
          {"negatives", histogram.negatives()}};
}

template <int Digits>
void add(BasicHistogram<Digits>& to, const json::value& value) {
  if (value.is_null()) return;
  const auto read = decode_histogram(value.at("counts").as_string());
  if (!read) throw std::runtime_error("a generator sent no histogram");
  BasicHistogram<Digits> one;
  for (std::size_t place = 0; place < read->counts().size(); ++place) {
    one.record_many(Histogram::value_at(place), read->counts()[place]);
  }
  one.restore(value.at("sum").to_number<std::int64_t>(), value.at("max").to_number<std::int64_t>(),
              value.at("negatives").to_number<std::uint64_t>());
  to.add(one);
}

void add(std::optional<Histogram>& to, const json::value& value) {
  if (value.is_null()) return;
  if (!to) to.emplace();
  add(*to, value);
}

json::array to_json(const TallySums& sums) {
  return {sums.sent,       sums.shown,     sums.stored, sums.refused,
          sums.duplicated, sums.reordered, sums.foreign};
}

TallySums sums_from_json(const json::value& value) {
  const auto at = [&](std::size_t place) {
    return value.as_array().at(place).to_number<std::uint64_t>();
  };
  return {at(0), at(1), at(2), at(3), at(4), at(5), at(6)};
}

std::uint64_t count_in(const json::object& object, const char* name) {
  return object.at(name).to_number<std::uint64_t>();
}

}  // namespace

std::string config_line(const Cell& cell, const LoadConfig& config) {
  json::array logins;
  for (const Login& login : config.logins) logins.push_back({login.user, login.password});
  const json::object object{{"load", to_json(cell)},
                            {"urls", json::value_from(config.urls)},
                            {"logins", std::move(logins)},
                            {"seed", config.seed},
                            {"verify", config.verify_certificate},
                            {"cell", config.cell},
                            {"generator", config.share.index},
                            {"generators", config.share.count}};
  return json::serialize(object) + "\n";
}

LoadConfig config_of_line(const std::string& line) {
  const json::object object = json::parse(line).as_object();
  std::vector<Login> logins;
  for (const json::value& login : object.at("logins").as_array()) {
    logins.push_back(
        {json::value_to<std::string>(login.at(0)), json::value_to<std::string>(login.at(1))});
  }
  LoadConfig config = load_of(cell_from_json(object.at("load").as_object()),
                              json::value_to<std::vector<std::string>>(object.at("urls")),
                              std::move(logins), count_in(object, "seed"));
  config.verify_certificate = object.at("verify").as_bool();
  config.cell = object.at("cell").to_number<std::uint32_t>();
  config.share = {count_in(object, "generator"), count_in(object, "generators")};
  return config;
}

json::object to_json(const Progress& progress) {
  return {{"phase", static_cast<unsigned>(progress.phase)},
          {"seconds", progress.seconds_in_phase},
          {"ready", progress.pairs_ready},
          {"sums", to_json(progress.sums)}};
}

Progress progress_from_json(const json::object& object) {
  return {static_cast<Phase>(object.at("phase").to_number<std::uint8_t>()),
          object.at("seconds").to_number<double>(), count_in(object, "ready"),
          sums_from_json(object.at("sums"))};
}

json::object to_json(const Slice& slice) {
  json::array tenths;
  for (const SliceTenth& tenth : slice.tenths) {
    tenths.push_back({{"shown", to_json(tenth.shown)}, {"outstanding", tenth.outstanding}});
  }
  return {{"begin_s", slice.begin_s},
          {"length_s", slice.length_s},
          {"sums", to_json(slice.sums)},
          {"outstanding", slice.outstanding},
          {"cores", slice.generator_cores},
          {"stored", to_json(slice.times.stored)},
          {"lateness", to_json(slice.times.lateness)},
          {"tenths", std::move(tenths)},
          {"tenths_over", slice.tenths_over},
          {"traced", std::string(wire::to_base64(slice.traced))}};
}

void add_slice(Slice& slice, const json::object& object) {
  slice.begin_s = object.at("begin_s").to_number<double>();
  slice.length_s = std::max(slice.length_s, object.at("length_s").to_number<double>());
  slice.sums = slice.sums + sums_from_json(object.at("sums"));
  slice.outstanding += count_in(object, "outstanding");
  slice.generator_cores += object.at("cores").to_number<double>();
  add(slice.times.stored, object.at("stored"));
  add(slice.times.lateness, object.at("lateness"));
  const json::array& tenths = object.at("tenths").as_array();
  for (std::size_t i = 0; i < slice.tenths.size(); ++i) {
    add(slice.tenths[i].shown, tenths.at(i).at("shown"));
    slice.tenths[i].outstanding += tenths.at(i).at("outstanding").to_number<double>();
  }
  slice.tenths_over = count_in(object, "tenths_over");
  if (!wire::append_from_base64(slice.traced, object.at("traced").as_string())) {
    throw std::runtime_error("a generator sent no stamps");
  }
}

json::object to_json(const LoadResult& result) {
  const PairRun& run = result.measured;
  json::array between, refusals;
  for (std::size_t i = 0; i < run.between.size(); ++i) {
    if (run.between[i]) between.push_back({i, to_json(*run.between[i])});
  }
  wire::Bytes cards;
  for (const wire::Card& card : run.cards) cards += wire::encoded(card);
  for (const auto& [code, count] : run.refusals) {
    refusals.push_back({static_cast<unsigned>(code), count});
  }
  return {
      {"due", result.due},
      {"sums", to_json(result.sums)},
      {"written_off", result.written_off},
      {"cores", result.generator_cores},
      {"storage", run.storage ? json::value(static_cast<unsigned>(*run.storage)) : json::value()},
      {"between", std::move(between)},
      {"sent_in_time", run.sent_in_time},
      {"shown_in_time", run.shown_in_time},
      {"stored_in_time", run.stored_in_time},
      {"refusals", std::move(refusals)},
      {"traced", run.traced ? to_json(*run.traced) : json::value()},
      {"padded", run.padded ? to_json(*run.padded) : json::value()},
      {"cards", std::string(wire::to_base64(cards))}};
}

void add_result(LoadResult& result, const json::object& object) {
  PairRun& run = result.measured;
  result.due += count_in(object, "due");
  result.sums = result.sums + sums_from_json(object.at("sums"));
  result.written_off += count_in(object, "written_off");
  result.generator_cores += object.at("cores").to_number<double>();
  if (const auto& storage = object.at("storage"); !storage.is_null()) {
    const auto kind = static_cast<wire::Storage>(storage.to_number<std::uint8_t>());
    run.storage = std::max(run.storage.value_or(kind), kind);
  }
  for (const json::value& one : object.at("between").as_array()) {
    auto& times = run.between.at(one.at(0).to_number<std::size_t>());
    if (!times) times = std::make_unique<SmallHistogram>();
    add(*times, one.at(1));
  }
  run.sent_in_time += count_in(object, "sent_in_time");
  run.shown_in_time += count_in(object, "shown_in_time");
  run.stored_in_time += count_in(object, "stored_in_time");
  add(run.traced, object.at("traced"));
  add(run.padded, object.at("padded"));
  wire::Bytes cards;
  if (!wire::append_from_base64(cards, object.at("cards").as_string())) {
    throw std::runtime_error("a generator sent no postcards");
  }
  for (const wire::Card& card : wire::decode_cards(cards)) run.cards.push_back(card);
  for (const json::value& one : object.at("refusals").as_array()) {
    run.refusals[static_cast<wire::Code>(one.at(0).to_number<unsigned>())] +=
        one.at(1).to_number<std::uint64_t>();
  }
}

}  // namespace trunkline::lab
