#include "lab/client.h"

#include "lab/client_json.h"
#include "wire/check.h"

namespace trunkline::lab {

namespace {

std::string_view sub_protocol(Protocol protocol) {
  return protocol == Protocol::bin ? "trunkline.v1.bin" : "trunkline.v1.json";
}

ConnectionConfig connection_config(const ClientConfig& config) {
  return {.url = config.url,
          .sub_protocol = std::string(sub_protocol(config.protocol)),
          .origin = config.origin,
          .verify_certificate = config.verify_certificate,
          .answer_pings = config.answer_pings};
}

}  // namespace

class Client::Impl {
 public:
  Impl(boost::asio::io_context& io, ClientConfig config, ClientHandlers handlers)
      : config_(std::move(config)),
        handlers_(std::make_shared<const ClientHandlers>(std::move(handlers))),
        connection_(
            io, connection_config(config_),
            {.on_open = [this] { opened(); },
             .on_message = [this](Opcode opcode, wire::BytesView text) { take(opcode, text); },
             .on_closed =
                 [this](const Closed& how) {
                   const auto handlers = handlers_;
                   if (handlers->on_closed) handlers->on_closed(how);
                 }}) {}

  void send(wire::BytesView frame) {
    if (config_.protocol == Protocol::bin) return connection_.gather(frame);
    const auto view = wire::decode(frame, kPageFrameBytesMax);
    TRUNKLINE_CHECK(view.has_value(), "a frame that this program made");
    connection_.send(Opcode::text, json_of(*view));
  }

  ClientConfig config_;
  std::shared_ptr<const ClientHandlers> handlers_;  // shared: one may destroy the client
  Connection connection_;
  bool welcomed_ = false;

 private:
  void opened() {
    if (config_.log_in) begin_login();
    const auto handlers = handlers_;
    if (handlers->on_open) handlers->on_open();
  }

  void begin_login() {
    login_ = std::make_unique<SaslLogin>(config_.mechanism, config_.user, config_.password,
                                         connection_.channel_binding());
    const auto first = login_->step({});
    if (!first) return connection_.close(1002, "libgsasl refuses this user or password");
    send(encoded_frame(wire::Auth{.mechanism = to_string(config_.mechanism),
                                  .data = *first,
                                  .device = config_.device,
                                  .cursor = config_.cursor,
                                  .mailbox = config_.mailbox}));
  }

  void take(Opcode opcode, wire::BytesView message) {
    if (handlers_->on_message) handlers_->on_message(opcode, message);
    if (config_.protocol == Protocol::bin) return take_frames(message);
    const FrameOfJson made = frame_of_json(message);
    if (!made.problem.empty()) return connection_.close(1002, made.problem);
    take_frames(made.frame);
  }

  // A binary message holds whole frames, one or more: all that its sender had in one turn.
  void take_frames(wire::BytesView bytes) {
    const std::weak_ptr<const ClientHandlers> alive = handlers_;
    while (!bytes.empty() && !alive.expired()) {
      const auto frame = wire::decode(bytes, kPageFrameBytesMax);
      if (!frame) return connection_.close(1002, wire::to_string(frame.error()));
      bytes.remove_prefix(frame->header.length);
      if (!welcomed_ && login_ && !step_login(*frame)) return;
      const auto handlers = handlers_;
      if (handlers->on_frame) handlers->on_frame(*frame);
    }
  }

  // False: the server is not who it says.
  bool step_login(const wire::FrameView& frame) {
    if (frame.header.kind == wire::Kind::challenge) {
      const auto challenge = wire::payload_of<wire::Challenge>(frame);
      const auto answer = challenge ? login_->step(challenge->data) : std::nullopt;
      if (!answer) return refuse_impostor();
      send(encoded_frame(wire::Response{*answer}));
    } else if (frame.header.kind == wire::Kind::welcome) {
      const auto welcome = wire::payload_of<wire::Welcome>(frame);
      if (!welcome) return refuse_impostor();
      if (!login_->done() && !login_->step(welcome->data)) return refuse_impostor();
      if (!login_->done()) return refuse_impostor();
      welcomed_ = true;
      login_.reset();
    }
    return true;
  }
  bool refuse_impostor() {
    connection_.close(1002, "impostor");
    return false;
  }

  std::unique_ptr<SaslLogin> login_;
};

Client::Client(boost::asio::io_context& io, ClientConfig config, ClientHandlers handlers)
    : impl_(std::make_unique<Impl>(io, std::move(config), std::move(handlers))) {}
Client::~Client() = default;
void Client::open() {
  impl_->connection_.open();
}
void Client::send(wire::BytesView frame) {
  impl_->send(frame);
}
void Client::send_raw(Opcode opcode, wire::BytesView payload, bool last) {
  impl_->connection_.send(opcode, payload, last);
}
void Client::flush() {
  impl_->connection_.flush();
}
std::size_t Client::unsent_bytes() const {
  return impl_->connection_.unsent_bytes();
}
void Client::read(bool on) {
  impl_->connection_.read(on);
}
void Client::close(std::uint16_t code) {
  impl_->connection_.close(code);
}
wire::Bytes Client::channel_binding() const {
  return impl_->connection_.channel_binding();
}
const ClientConfig& Client::config() const {
  return impl_->config_;
}
bool Client::welcomed() const {
  return impl_->welcomed_;
}

wire::Bytes message_frame(wire::BytesView id, wire::BytesView to, wire::BytesView body,
                          wire::MessageClass message_class, wire::BytesView stamps) {
  const wire::MessageView message{message_class, {}, {}, to, id, body, {}};
  if (message_class == wire::MessageClass::direct) {
    return encoded_frame(wire::Direct{0, message}, stamps);
  }
  return encoded_frame(wire::Send{0, 0, message}, stamps);
}

}  // namespace trunkline::lab
