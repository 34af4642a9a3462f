package dev.roost.server;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ConfiguratorRank;
import ch.qos.logback.classic.util.DefaultJoranConfigurator;
import ch.qos.logback.core.spi.ContextAwareBase;

/**
 * What is logged in a program that embeds Roost and does not configure Logback itself, where Logback would print all that the network library notes for its makers. Logback finds this class as a
 * service. A {@code logback.xml} of the program wins, and so does a configurator of its own.
 */
@ConfiguratorRank(ConfiguratorRank.FALLBACK)
public final class EmbeddedLogging extends ContextAwareBase implements Configurator {

  @Override
  public ExecutionStatus configure(LoggerContext logback) {
    // Logback looks for files only after the services, whatever their rank.
    Configurator files = new DefaultJoranConfigurator();
    files.setContext(logback);
    if (files.configure(logback) != ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY) {
      Logging.embedded(logback);
    }
    return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
  }
}
