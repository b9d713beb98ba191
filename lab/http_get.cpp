#include "lab/http_get.h"

#include <algorithm>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <cctype>
#include <chrono>
#include <stdexcept>

#include "lab/url.h"

namespace trunkline::lab {
namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

namespace {

constexpr std::chrono::seconds kPatience{10};

using Request = http::request<http::empty_body>;
using Response = http::response<http::string_body>;

// Beast's time-outs belong to asynchronous calls only; so one of them after the other, to the end.
class Exchange {
 public:
  explicit Exchange(const Url& url) : url_(url), stream_(io_) {}

  Response run(const Request& request) {
    stream_.expires_after(kPatience);
    asio::ip::tcp::resolver resolver(io_);
    stream_.async_connect(resolver.resolve(url_.host, url_.port),
                          [this](auto bad, const auto&) { done(bad); });
    io_.run();
    check();
    return url_.tls ? over_tls(request) : over(stream_, request);
  }

 private:
  Response over_tls(const Request& request) {
    asio::ssl::context context(asio::ssl::context::tls_client);
    beast::ssl_stream<beast::tcp_stream&> tls(stream_, context);
    tls.async_handshake(asio::ssl::stream_base::client, [this](auto bad) { done(bad); });
    again();
    return over(tls, request);
  }
  template <class Stream>
  Response over(Stream& stream, const Request& request) {
    http::async_write(stream, request, [this](auto bad, std::size_t) { done(bad); });
    again();
    beast::flat_buffer buffer;
    Response response;
    http::async_read(stream, buffer, response, [this](auto bad, std::size_t) { done(bad); });
    again();
    return response;
  }
  void done(boost::system::error_code bad) { bad_ = bad; }
  void again() {
    io_.restart();
    io_.run();
    check();
  }
  void check() const {
    if (bad_)
      throw std::runtime_error("no answer from " + url_.authority() + ": " + bad_.message());
  }

  Url url_;
  asio::io_context io_;
  beast::tcp_stream stream_;
  boost::system::error_code bad_;
};

}  // namespace

HttpReply http_get(const std::string& url, const std::string& path,
                   const std::vector<std::pair<std::string, std::string>>& headers) {
  const Url parsed = parse_url(url);
  Request request(http::verb::get, path, 11);
  request.set(http::field::host, parsed.authority());
  request.set(http::field::connection, "close");
  for (const auto& [name, value] : headers) request.set(name, value);

  const Response response = Exchange(parsed).run(request);
  HttpReply reply{response.result_int(), response.body(), {}};
  for (const auto& field : response) {
    std::string name(field.name_string());
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
    reply.headers.emplace_back(std::move(name), std::string(field.value()));
  }
  return reply;
}

}  // namespace trunkline::lab
