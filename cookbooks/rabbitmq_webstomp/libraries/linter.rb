# frozen_string_literal: true

require 'tempfile'

module RabbitmqWebstomp
  # The configuration is none that the installed broker would boot with.
  class BadConfiguration < RuntimeError; end

  # Judges a rabbitmq.conf as the installed broker would at its next boot, with no broker running: by the schemas that
  # ship with the broker and its plugins, read by the same library (cuttlefish).
  module Linter
    LIBRARIES = '/usr/lib/rabbitmq/lib'
    TIMEOUT_SECONDS = 60

    # Prints one fault a line and ends with 1; with 2 if it could not judge at all.
    PROGRAM = <<~'ERLANG'
      #!/usr/bin/env escript
      %% -*- erlang -*-
      main([Plugins, Conf, Advanced]) ->
          logger:set_primary_config(level, none),
          [code:add_patha(Ebin) || Ebin <- filelib:wildcard(Plugins ++ "/*/ebin")],
          Schema = cuttlefish_schema:files(lists:sort(filelib:wildcard(Plugins ++ "/*/priv/schema/*.schema"))),
          ok = element_or_halt(Schema),
          case conf(Schema, Conf) ++ advanced(Advanced) of
              [] -> ok;
              Faults -> [io:format("~ts~n", [Fault]) || Fault <- Faults], halt(1)
          end.

      element_or_halt({errorlist, Errors}) -> io:format("~p~n", [Errors]), halt(2);
      element_or_halt(Schema) when is_tuple(Schema) -> ok.

      conf(Schema, File) ->
          case cuttlefish_conf:file(File) of
              {errorlist, [{error, {conf_syntax, {_, {Line, Column}}}} | _]} ->
                  [io_lib:format("syntax error in line ~b, column ~b", [Line, Column])];
              {errorlist, Errors} -> texts(Errors);
              Pairs -> generated(cuttlefish_generator:map(Schema, Pairs))
          end.

      generated({error, _Phase, {errorlist, Errors}}) -> texts(Errors);
      generated({error, Phase, Error}) -> [io_lib:format("~p: ~p", [Phase, Error])];
      generated(Terms) when is_list(Terms) -> [].

      texts(Errors) -> [text(Error) || Error <- Errors].
      text({error, Error}) -> text(Error);
      text(Error) -> try cuttlefish_error:xlate(Error) catch _:_ -> io_lib:format("~p", [Error]) end.

      advanced("") -> [];
      advanced(File) ->
          case file:consult(File) of
              {ok, [Terms]} when is_list(Terms) -> [];
              {ok, _} -> ["advanced.config must be one list that ends with a dot"];
              {error, Error} -> [io_lib:format("advanced.config: ~ts", [file:format_error(Error)])]
          end.
    ERLANG

    module_function

    # @param conf [String] text of rabbitmq.conf
    # @param advanced [String, nil] text of advanced.config
    # @raise [BadConfiguration] with each fault that was found
    def lint!(conf, advanced = nil)
      Dir.mktmpdir('rabbitmq-lint') do |dir|
        program, *files = [['lint.escript', PROGRAM], ['rabbitmq.conf', conf], ['advanced.config', advanced]].map do |name, text|
          text ? File.join(dir, name).tap { |path| File.write(path, text, perm: 0o600) } : ''
        end
        Cli.execute(['escript', program, plugins_dir, *files], timeout: TIMEOUT_SECONDS, environment: { 'HOME' => dir })
      end
    rescue CliFailed => error
      raise BadConfiguration, 'the installed RabbitMQ would not boot with this configuration, so nothing was changed: ' \
                              "#{error.message.sub(/\Aescript.*?exit code \d+: /m, '')}"
    end

    def plugins_dir
      newest = Dir[File.join(LIBRARIES, 'rabbitmq_server-*', 'plugins')].max_by { |path| Gem::Version.new(path[/server-([0-9.]+)/, 1]) }
      newest || raise(BadConfiguration, "no RabbitMQ below #{LIBRARIES}")
    end
  end
end
