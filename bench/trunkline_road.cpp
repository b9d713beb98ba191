#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdio>

#include "bench/road.h"
#include "lab/client.h"

namespace trunkline::bench {
namespace {

// Pair N is users u(2N + 1) and u(2N + 2), whose passwords are their names.
std::string user_of(std::uint32_t pair, Side side) {
  char name[16];
  std::snprintf(name, sizeof name, "u%04u", 2 * pair + (side == Side::sender ? 1 : 2));
  return name;
}

// A message's id tells its acknowledgement what was sent when: the payload's first bytes, in hex.
constexpr std::size_t kStampBytes = 16;
constexpr char kHex[] = "0123456789abcdef";

std::string to_hex(wire::BytesView bytes) {
  std::string hex;
  for (const char byte : bytes) {
    hex.push_back(kHex[static_cast<unsigned char>(byte) >> 4]);
    hex.push_back(kHex[static_cast<unsigned char>(byte) & 15]);
  }
  return hex;
}
unsigned digit(char hex) {
  return static_cast<unsigned>(hex <= '9' ? hex - '0' : hex - 'a' + 10);
}
wire::Bytes from_hex(wire::BytesView hex) {
  wire::Bytes bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes.push_back(static_cast<char>(digit(hex[i]) << 4 | digit(hex[i + 1])));
  }
  return bytes;
}

// A `.bin` client: logs in, sends one class, and acknowledges what it receives as a client does.
class TrunklineEnd : public RoadEnd {
 public:
  TrunklineEnd(boost::asio::io_context& io, const EndConfig& config,
               wire::MessageClass message_class, Handlers handlers)
      : class_(message_class),
        user_(user_of(config.pair, config.side)),
        peer_(user_of(config.pair, config.side == Side::sender ? Side::receiver : Side::sender)),
        handlers_(std::move(handlers)),
        receipt_(io),
        client_(io, client_config(config, user_),
                {.on_frame = [this](const wire::FrameView& frame) { take(frame); },
                 .on_closed =
                     [this](const lab::Closed& how) {
                       handlers_.on_failed("closed " + std::to_string(how.code) + " " + how.reason);
                     }}) {
    client_.open();
  }

  void send(wire::BytesView payload) override {
    const std::string id = class_ == wire::MessageClass::stored
                               ? to_hex(payload.substr(0, kStampBytes))
                               : std::string("1");
    gathered_.append(lab::message_frame(id, peer_, payload, class_));
  }
  void flush() override {
    if (gathered_.empty()) return;
    client_.send_raw(lab::Opcode::binary, gathered_);
    client_.flush();
    gathered_.clear();
  }

 private:
  static constexpr std::size_t kReceiptEvery = 32;
  static constexpr auto kReceiptAfter = std::chrono::milliseconds(50);

  static lab::ClientConfig client_config(const EndConfig& config, const std::string& user) {
    lab::ClientConfig client;
    client.url = config.url;
    client.user = client.password = user;
    client.device = "bench";
    client.mechanism = lab::Mechanism::plain;
    return client;
  }

  void take(const wire::FrameView& frame) {
    switch (frame.header.kind) {
      case wire::Kind::welcome:
        return handlers_.on_ready();
      case wire::Kind::direct:
        if (const auto direct = wire::payload_of<wire::Direct>(frame)) {
          handlers_.on_message(direct->message.body);
        }
        return;
      case wire::Kind::deliver:
        if (const auto deliver = wire::payload_of<wire::Deliver>(frame)) take_stored(*deliver);
        return;
      case wire::Kind::client_stored:
        if (const auto stored = wire::payload_of<wire::ClientStored>(frame)) {
          handlers_.on_acknowledged(from_hex(stored->id));
        }
        return;
      case wire::Kind::client_refused:
        if (const auto refused = wire::payload_of<wire::ClientRefused>(frame)) {
          handlers_.on_failed("refused: " + std::string(refused->text));
        }
        return;
      case wire::Kind::error:
        if (const auto error = wire::payload_of<wire::Error>(frame)) {
          handlers_.on_failed("error: " + std::string(error->text));
        }
        return;
      default:
        return;
    }
  }

  void take_stored(const wire::Deliver& deliver) {
    if (deliver.message.from != user_) handlers_.on_message(deliver.message.body);
    received_ = deliver.mseq;
    if (received_ - receipted_ >= kReceiptEvery) return send_receipt();
    if (receipt_pending_) return;
    receipt_pending_ = true;
    receipt_.expires_after(kReceiptAfter);
    receipt_.async_wait([this](boost::system::error_code cancelled) {
      if (!cancelled) send_receipt();
    });
  }
  void send_receipt() {
    receipt_pending_ = false;
    receipt_.cancel();
    receipted_ = received_;
    gathered_.append(lab::encoded_frame(wire::ClientReceived{received_}));
    flush();
  }

  wire::MessageClass class_;
  std::string user_, peer_;
  Handlers handlers_;
  wire::Bytes gathered_;
  boost::asio::steady_timer receipt_;
  bool receipt_pending_ = false;
  wire::Mseq received_ = 0, receipted_ = 0;
  lab::Client client_;
};

}  // namespace

MakeEnd make_trunkline_end(wire::MessageClass message_class) {
  return [message_class](boost::asio::io_context& io, const EndConfig& config,
                         RoadEnd::Handlers handlers) {
    return std::make_unique<TrunklineEnd>(io, config, message_class, std::move(handlers));
  };
}

MakeEnd maker_of(const std::string& road) {
  if (road == "floor") return make_floor_end();
  if (road == "nats") return make_nats_end();
  return make_trunkline_end(road == "stored" ? wire::MessageClass::stored
                                             : wire::MessageClass::direct);
}

}  // namespace trunkline::bench
