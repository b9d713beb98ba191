// What an administrator asks of an edge, by way of its rank: to drain, to come back, to read its
// configuration again. The first event loop answers for all of them.
#include <boost/json.hpp>
#include <cmath>

#include "edge/log.h"
#include "edge/loop.h"

namespace trunkline::edge {
namespace json = boost::json;

namespace {

constexpr double kRateMin = 0.1;

struct DrainOrder {
  wire::Bytes urls;
  double rate = 0;
};

// Throws std::runtime_error (of Boost.JSON, too) where it is none.
DrainOrder drain_order(wire::BytesView argument) {
  const json::object object = json::parse({argument.data(), argument.size()}).as_object();
  DrainOrder order;
  order.rate = object.at("rate").to_number<double>();
  if (!std::isfinite(order.rate) || order.rate < kRateMin) {
    throw std::runtime_error("a rate is sessions a second, 0.1 at least");
  }
  for (const json::value& url : object.at("urls").as_array()) {
    if (!order.urls.empty()) order.urls.push_back('\n');
    order.urls.append(url.as_string());
  }
  return order;
}

}  // namespace

void Loop::obey(const EdgeOrder& order) {
  bool done = true;
  std::string text = "{}";
  try {
    switch (order.verb) {
      case wire::AdminVerb::edge_status:
        text = status();
        break;
      case wire::AdminVerb::edge_drain:
        text = drain_all(order.argument);
        break;
      case wire::AdminVerb::edge_undrain:
        undrain_all();
        break;
      case wire::AdminVerb::edge_reload:
        text = take_reload();
        break;
      case wire::AdminVerb::edge_trace: {
        auto answer = shared_->trace().obey(order.argument);
        if (!answer.done) throw std::runtime_error(answer.text);
        text = std::move(answer.text);
        break;
      }
      default:
        throw std::runtime_error("not for an edge to do");
    }
  } catch (const std::exception& problem) {
    done = false;
    text = problem.what();
  }
  step(OrderDone{order.asker, done, text});
}

std::string Loop::drain_all(wire::BytesView argument) {
  const DrainOrder order = drain_order(argument);
  if (stopping_) throw std::runtime_error("it is ending already");
  log_draining(config_.name, std::to_string(gateway_.counters().sessions) + " sessions");
  const double rate = order.rate / static_cast<double>(shared_->loops());
  shared_->on_every_loop([urls = order.urls, rate](Loop& loop) { loop.drain(urls, rate); });
  return status();
}

void Loop::undrain_all() {
  if (stopping_) throw std::runtime_error("it is ending");
  shared_->on_every_loop([](Loop& loop) { loop.undrain(); });
}

std::string Loop::status() {
  return json::serialize(json::object{{"edge", config_.name},
                                      {"url", url_},
                                      {"state", !leaving_ ? "serving" : "draining"},
                                      {"reloads", counters_.reloads},
                                      {"reloads_refused", counters_.reloads_refused},
                                      {"certificate_expires_s", counters_.certificate_expires_s}});
}

void Loop::reload() {
  try {
    take_reload();
  } catch (const std::exception&) {  // has been logged and counted
  }
}

std::string Loop::take_reload() {
  try {
    const std::string what = shared_->reload();
    ++counters_.reloads;
    log_reloaded(config_.name, what);
    return json::serialize(json::object{{"taken", what}});
  } catch (const std::exception& problem) {
    ++counters_.reloads_refused;
    log_reload_refused(config_.name, problem.what());
    throw;
  }
}

}  // namespace trunkline::edge
