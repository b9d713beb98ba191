#include "tests/neighbours/pairs.h"

namespace trunkline::tests {
namespace {

constexpr std::chrono::milliseconds kPace{200};  // five a second; twenty are allowed
constexpr std::chrono::seconds kPatience{30};

}  // namespace

struct Pairs::Pair {
  Pair(Pairs& all, const std::string& from, const std::string& to, const std::string& from_url,
       const std::string& to_url)
      : to_name(to), pairs(all) {
    sender = client(from, from_url, [this](const wire::FrameView& frame) {
      if (frame.header.kind == wire::Kind::client_stored) ++stored;
    });
    receiver = client(to, to_url, [this](const wire::FrameView& frame) {
      if (const auto deliver = wire::payload_of<wire::Deliver>(frame)) take(*deliver);
    });
  }

  std::unique_ptr<lab::Client> client(const std::string& user, const std::string& url,
                                      std::function<void(const wire::FrameView&)> taken) {
    lab::ClientConfig config;
    config.url = url;
    config.user = config.password = user;
    lab::ClientHandlers handlers;
    handlers.on_frame = [this, user, taken](const wire::FrameView& frame) {
      if (frame.header.kind == wire::Kind::welcome) ++welcomed;
      if (const auto error = wire::payload_of<wire::Error>(frame)) {
        complain(user + ": error " + std::string(to_string(error->code)));
      }
      if (const auto refused = wire::payload_of<wire::ClientRefused>(frame)) {
        complain(user + ": refused " + std::string(to_string(refused->code)));
      }
      taken(frame);
    };
    handlers.on_closed = [this, user](const lab::Closed& how) {
      complain(user + ": closed " + std::to_string(how.code) + " " + how.reason);
    };
    auto made = std::make_unique<lab::Client>(pairs.room_.io(), config, handlers);
    made->open();
    return made;
  }

  void complain(const std::string& what) { pairs.trouble_ += what + "\n"; }

  void send() {
    const std::string number = std::to_string(++sent);
    sender->send(lab::message_frame(number, to_name, "message " + number));
  }

  void take(const wire::Deliver& deliver) {
    receiver->send(lab::encoded_frame(wire::ClientReceived{deliver.mseq}));
    const std::string expected = std::to_string(++shown);
    if (deliver.message.id != expected) {
      complain(to_name + ": " + std::string(deliver.message.id) + " in place of " + expected);
    }
  }

  std::string to_name;
  Pairs& pairs;
  std::size_t sent = 0, stored = 0, shown = 0, welcomed = 0;
  std::unique_ptr<lab::Client> sender, receiver;
};

Pairs::Pairs(ClusterUnderTest& cluster, Room& room, unsigned pairs)
    : room_(room), pace_(room.io()) {
  const auto& urls = cluster.urls();
  for (unsigned i = 0; i < pairs; ++i) {
    pairs_.push_back(std::make_unique<Pair>(*this, cluster.new_user("here"),
                                            cluster.new_user("there"), urls[i % urls.size()],
                                            urls[(i + 1) % urls.size()]));
  }
  const auto all_are_in = [this] {
    for (const auto& pair : pairs_) {
      if (pair->welcomed < 2) return false;
    }
    return true;
  };
  if (!room_.wait_until([&] { return all_are_in() || !trouble_.empty(); }, kPatience) ||
      !trouble_.empty()) {
    throw Surprise("the pairs are not logged in: " + trouble_);
  }
}

Pairs::~Pairs() = default;

void Pairs::begin() {
  sending_ = true;
  send_all();
}

void Pairs::send_all() {
  if (!sending_) return;
  for (const auto& pair : pairs_) pair->send();
  pace_.expires_after(kPace);
  pace_.async_wait([this](boost::system::error_code cancelled) {
    if (!cancelled) send_all();
  });
}

bool Pairs::finish() {
  sending_ = false;
  pace_.cancel();
  const bool all =
      room_.wait_until([this] { return stored() == sent() && shown() == sent(); }, kPatience);
  return all && trouble_.empty();
}

std::size_t Pairs::sent() const {
  std::size_t sum = 0;
  for (const auto& pair : pairs_) sum += pair->sent;
  return sum;
}
std::size_t Pairs::stored() const {
  std::size_t sum = 0;
  for (const auto& pair : pairs_) sum += pair->stored;
  return sum;
}
std::size_t Pairs::shown() const {
  std::size_t sum = 0;
  for (const auto& pair : pairs_) sum += pair->shown;
  return sum;
}

}  // namespace trunkline::tests
