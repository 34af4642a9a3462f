package dev.roost.server;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.JsonEncoder;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.Encoder;
import dev.roost.server.ServerSettings.LogFormat;
import dev.roost.server.ServerSettings.LogLevel;
import org.slf4j.LoggerFactory;

/** Logs go to standard output, as text for people or as one JSON object a line. Set up by code: reading a configuration file costs a tenth of a second. */
final class Logging {
  private static final String PATTERN = "%date{yyyy-MM-dd'T'HH:mm:ss.SSSXXX} %-5level %logger{0}: %message%n%ex";

  private Logging() {}

  /** For the server itself. */
  static void configure(LogLevel level, LogFormat format) {
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    context.reset();
    print(context, Level.toLevel(level.name()), format);
  }

  /** For a program with Roost inside: it hears of what is wrong, and asks for the rest. */
  static void embedded(LoggerContext context) {
    print(context, Level.INFO, LogFormat.TEXT);
    context.getLogger("dev.roost").setLevel(Level.WARN);
  }

  private static void print(LoggerContext context, Level level, LogFormat format) {
    ConsoleAppender<ILoggingEvent> console = new ConsoleAppender<>();
    console.setContext(context);
    console.setEncoder(encoder(context, format));
    console.start();
    Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    root.setLevel(level);
    root.addAppender(console);
    // What the network library says below a warning is about itself.
    context.getLogger("io.netty").setLevel(Level.WARN);
    // It warns of every client that does not take the end of its connection.
    context.getLogger("io.netty.handler.ssl").setLevel(Level.ERROR);
    // What it warns of, the connections that we close ourselves among it, we tell in our own words.
    context.getLogger("io.lettuce").setLevel(Level.ERROR);
  }

  private static Encoder<ILoggingEvent> encoder(LoggerContext context, LogFormat format) {
    if (format == LogFormat.JSON) {
      JsonEncoder json = new JsonEncoder();
      json.setContext(context);
      json.setWithFormattedMessage(true);
      json.setWithMessage(false);
      json.setWithArguments(false);
      json.setWithSequenceNumber(false);
      json.setWithNanoseconds(false);
      json.setWithContext(false);
      json.setWithMDC(false);
      json.start();
      return json;
    }
    PatternLayoutEncoder text = new PatternLayoutEncoder();
    text.setContext(context);
    text.setPattern(PATTERN);
    text.start();
    return text;
  }
}
