#include "tests/soak/visits.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <stdexcept>

#include "lab/url.h"

namespace trunkline::tests {

namespace asio = boost::asio;

namespace {

constexpr auto kSilence = std::chrono::minutes(1);
constexpr std::string_view kHalfRequest = "GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\n";
// 43 bytes of a ClientHello (RFC 8446 section 4.1.2) whose record would have 512.
constexpr char kHalfHello[] =
    "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr";

}  // namespace

// One visit after the other, from one place.
class Visits::Guest {
 public:
  Guest(Visits& all, std::size_t place)
      : all_(all), place_(place), user_(all.users_.at(place)), socket_(all.io_) {}

  void come(Visit kind, std::size_t number, const std::string& url) {
    kind_ = kind;
    leaving_ = false;
    if (kind == Visit::no_request) return say_half(url);
    lab::ClientConfig config;
    config.url = url;
    config.user = config.password = user_;
    config.log_in = kind != Visit::no_login;
    const bool tls = lab::parse_url(url).tls;
    // The client has answered the challenge by the time it goes; its login may end after the next
    // one, and would replace it.
    if (kind == Visit::broken_login) config.device = "gone";
    if (kind == Visit::plain) config.mechanism = lab::Mechanism::plain;
    if (kind == Visit::scram_plus && tls) config.mechanism = lab::Mechanism::scram_plus;
    if (kind == Visit::refused) {
      // A few names: after five failures of one, in 30 s, it is told `throttled`.
      config.user = number % 2 == 0 ? "nobody-" + std::to_string(place_) : all_.guessed_.at(place_);
      config.password = "guess";
      config.mechanism = number % 4 < 2 ? lab::Mechanism::plain : lab::Mechanism::scram;
    }
    lab::ClientHandlers handlers;
    handlers.on_open = [this] {
      if (kind_ == Visit::no_login) leave();
    };
    handlers.on_frame = [this](const wire::FrameView& frame) { take(frame); };
    handlers.on_closed = [this](const lab::Closed& how) { closed(how); };
    client_ = std::make_unique<lab::Client>(all_.io_, std::move(config), std::move(handlers));
    client_->open();
  }

 private:
  void take(const wire::FrameView& frame) {
    const wire::Kind what = frame.header.kind;
    if (what == wire::Kind::challenge && kind_ == Visit::broken_login) return leave();
    if (what == wire::Kind::welcome && kind_ == Visit::cut) return leave();
    if (what == wire::Kind::welcome) client_->send(lab::encoded_frame(wire::Bye{}));
    if (const auto error = wire::payload_of<wire::Error>(frame)) told_ = to_string(error->code);
  }

  void closed(const lab::Closed& how) {
    const bool in_order = how.code == 1000 && kind_ != Visit::refused;
    const bool refused = how.code == 1008 && kind_ == Visit::refused &&
                         (told_ == "not_authorized" || told_ == "throttled");
    if (!in_order && !refused) {
      all_.surprise_ = "visit " + std::to_string(static_cast<unsigned>(kind_)) + " of " + user_ +
                       " was closed " + std::to_string(how.code) + " " + how.reason + " " + told_;
    }
    leave();
  }

  void say_half(const std::string& text) {
    const lab::Url url = lab::parse_url(text);
    const asio::ip::tcp::endpoint to(asio::ip::make_address(url.host),
                                     static_cast<std::uint16_t>(std::stoul(url.port)));
    const std::string_view words = url.tls ? std::string_view(kHalfHello) : kHalfRequest;
    socket_.async_connect(to, [this, words](boost::system::error_code error) {
      if (error) {
        all_.surprise_ = "no connection: " + error.message();
        return leave();
      }
      asio::async_write(socket_, asio::buffer(words),
                        [this](boost::system::error_code, std::size_t) { leave(); });
    });
  }

  // Not from within a callback of the client.
  void leave() {
    if (std::exchange(leaving_, true)) return;
    asio::post(all_.io_, [this] {
      client_.reset();
      boost::system::error_code ignored;
      socket_.close(ignored);
      told_.clear();
      --all_.under_way_;
      all_.next(place_);
    });
  }

  Visits& all_;
  const std::size_t place_;
  const std::string user_;
  asio::ip::tcp::socket socket_;
  std::unique_ptr<lab::Client> client_;
  Visit kind_ = Visit::scram;
  bool leaving_ = false;
  std::string told_;
};

Visits::Visits(std::vector<std::string> urls, std::vector<std::string> users,
               std::vector<std::string> guessed)
    : urls_(std::move(urls)), users_(std::move(users)), guessed_(std::move(guessed)) {
  for (std::size_t place = 0; place < users_.size(); ++place) {
    guests_.push_back(std::make_unique<Guest>(*this, place));
  }
}
Visits::~Visits() = default;

void Visits::next(std::size_t place) {
  if (begun_ == wanted_ || !surprise_.empty()) return;
  const std::size_t number = begun_++;
  ++under_way_;
  const std::size_t kind = number % kVisitKinds;
  ++made_[kind];
  guests_[place]->come(static_cast<Visit>(kind), number / kVisitKinds,
                       urls_[(number / kVisitKinds) % urls_.size()]);
}

void Visits::run(std::size_t visits) {
  wanted_ += visits;
  for (std::size_t place = 0; place < guests_.size(); ++place) next(place);
  while (under_way_ > 0) {
    if (io_.stopped()) io_.restart();
    if (io_.run_one_for(kSilence) == 0) throw std::runtime_error("no visit ends any more");
  }
  if (!surprise_.empty()) throw std::runtime_error(surprise_);
}

}  // namespace trunkline::tests
