package org.bhyvescope.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.JsonEncoder;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ConfiguratorRank;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.joran.spi.JoranException;
import ch.qos.logback.core.spi.ContextAwareBase;
import ch.qos.logback.core.status.ErrorStatus;
import ch.qos.logback.core.status.NopStatusListener;
import ch.qos.logback.core.status.Status;
import java.io.File;
import java.util.Optional;
import org.bhyvescope.os.Printable;
import org.slf4j.LoggerFactory;

/**
 * Logging to standard error, one line an event. Logback finds this class through META-INF/services; a program reads no
 * XML at its start and no logback.xml that happens to be there changes what it says. Only a file named in the system
 * property {@code logback.configurationFile}, Logback's own, takes its place.
 */
@ConfiguratorRank(ConfiguratorRank.CUSTOM_TOP_PRIORITY)
public final class LogSetup extends ContextAwareBase implements Configurator {
    private static final String APPENDER = "stderr";
    private static final String FILE = "logback.configurationFile";

    /** Called by Logback: what the file says, or warnings only, until {@link #apply} says more. */
    @Override
    public ExecutionStatus configure(LoggerContext context) {
        String file = System.getProperty(FILE);
        if (file == null || !isConfigured(context, file)) {
            install(context, "warn", "text");
        }
        return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
    }

    /** Not by Logback's own configurator, which wants certain names and may take another file. */
    private static boolean isConfigured(LoggerContext context, String file) {
        // Or Logback tells on standard output what it thinks of the file; problem() tells it better.
        context.getStatusManager().add(new NopStatusListener());
        JoranConfigurator configurator = new JoranConfigurator();
        configurator.setContext(context);
        try {
            configurator.doConfigure(new File(file));
            return true;
        } catch (JoranException e) {
            context.getStatusManager().add(new ErrorStatus(String.valueOf(e.getMessage()), LogSetup.class, e));
            return false;
        }
    }

    /**
     * Sets level and format.
     *
     * @param level error, warn, info or debug
     * @param format text or json
     */
    static void apply(String level, String format) {
        if (!isByFile()) {
            install(context(), level, format);
        }
    }

    /** Whether a file says how to log. */
    static boolean isByFile() {
        return System.getProperty(FILE) != null;
    }

    /** What is wrong with the file that says how to log, if there is one: nothing would be logged. */
    static Optional<String> problem() {
        String file = System.getProperty(FILE);
        if (file == null) {
            return Optional.empty();
        }
        String named = "-D" + FILE + "=" + file + ": ";
        if (!new File(file).canRead()) {
            return Optional.of(named + "is not there or not readable");
        }
        return context().getStatusManager().getCopyOfStatusList().stream()
                .filter(status -> status.getEffectiveLevel() >= Status.ERROR)
                .findFirst()
                .map(status -> named + Printable.line(status.getMessage()));
    }

    private static LoggerContext context() {
        return (LoggerContext) LoggerFactory.getILoggerFactory();
    }

    private static void install(LoggerContext context, String level, String format) {
        Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
        root.detachAndStopAllAppenders();
        ConsoleAppender<ILoggingEvent> appender = new ConsoleAppender<>();
        appender.setContext(context);
        appender.setName(APPENDER);
        appender.setTarget("System.err");
        appender.setEncoder(format.equals("json") ? json(context) : text(context));
        appender.start();
        root.addAppender(appender);
        root.setLevel(Level.WARN);
        context.getLogger("org.bhyvescope").setLevel(Level.toLevel(level));
    }

    private static Encoder<ILoggingEvent> text(LoggerContext context) {
        PatternLayoutEncoder encoder = new PatternLayoutEncoder();
        encoder.setContext(context);
        encoder.setPattern("%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX} %-5level %msg%n%ex");
        encoder.start();
        return encoder;
    }

    private static Encoder<ILoggingEvent> json(LoggerContext context) {
        JsonEncoder encoder = new JsonEncoder();
        encoder.setContext(context);
        encoder.setWithFormattedMessage(true);
        encoder.setWithMessage(false);
        encoder.setWithArguments(false);
        encoder.setWithContext(false);
        encoder.setWithSequenceNumber(false);
        encoder.start();
        return encoder;
    }
}
