# frozen_string_literal: true

module RabbitmqWebstomp
  # The steps of rabbitmq_webstomp_viewer's actions.
  module ViewerActions
    FOLDER = '/etc/rabbitmq/conf.d'

    def viewer
      @viewer ||= Viewer.new(new_resource.viewer, listed(new_resource.namespaces), listed(new_resource.clusters), new_resource.history)
    end

    def listed(words)
      words.is_a?(Array) ? words : nil
    end

    def check_viewer
      refuse viewer.faults
      exchange = broker.exchange(new_resource.vhost, Viewer::FLOWS)
      refuse "there is no exchange #{Viewer::FLOWS} in vhost #{new_resource.vhost}: declare it first" unless exchange
      return unless viewer.limited? && exchange['type'] != 'topic'

      refuse "#{Viewer::FLOWS} is of type #{exchange['type']}, on which a viewer sees everything: only `all` is possible, or a topic exchange"
    end

    # The broker takes this user from 127.0.0.0/8 only, which is where nginx comes from: at its next boot by the file, now
    # by the setting.
    def keep_to_this_machine
      declare_resource(:directory, FOLDER) { group 'rabbitmq' }
      name = viewer.name
      declare_resource(:file, loopback_file) do
        group 'rabbitmq'
        mode '0640'
        content "#{Configuration::HEADER}loopback_users.#{name} = true\n"
      end
      loopback(broker.loopback_users | [name])
    end

    def loopback_file
      ::File.join(FOLDER, "viewer_#{new_resource.viewer}.conf")
    end

    def loopback(names)
      return if names.sort == broker.loopback_users.sort

      converge_by("let these users in from this machine only: #{names.sort.join(', ')}") { broker.loopback_users = names }
    end

    def streams
      where = new_resource.vhost
      [*viewer.streams, viewer.document_stream].each do |one|
        declare_resource(:rabbitmq_webstomp_stream, one.name) do
          vhost where
          max_age one.retention[:max_age]
          max_length_bytes one.retention[:max_length_bytes]
          max_segment_bytes one.retention[:max_segment_bytes]
          replica false
        end
        one.bindings.each do |key|
          declare_resource(:rabbitmq_webstomp_binding, "#{one.name} #{key}") do
            vhost where
            source one.exchange
            destination one.name
            routing_key key
          end
        end
      end
    end

    def login
      asked = new_resource
      declare_resource(:rabbitmq_webstomp_user, asked.viewer) do
        password asked.password if asked.password
        password_hash asked.password_hash if asked.password_hash
        limits 'max-connections' => asked.max_connections, 'max-channels' => asked.max_channels
      end
    end

    def rights
      one = viewer
      where = new_resource.vhost
      declare_resource(:rabbitmq_webstomp_permissions, one.name) do
        vhost where
        configure one.own
        write one.own
        read one.read
        topics one.topics
      end
    end

    def document
      stream = viewer.document_stream.name
      return if broker.document(new_resource.vhost, stream) == viewer.document

      converge_by("tell the page of #{viewer.name} what it may see") do
        broker.publish_document(new_resource.vhost, stream, viewer.document)
      end
    end

    # The broker looks at rights when a subscription is made, not while it lasts. Its own command ends connections of AMQP;
    # in RabbitMQ 3.10 it leaves those of Web-STOMP.
    def end_connections
      converge_by("end the connections of #{new_resource.viewer}, whose rights have changed") do
        broker.ctl('close_all_user_connections', new_resource.viewer, 'Your rights have changed.')
        erlang_ok '[amqp_direct_connection:server_close(Process, 320, <<"Your rights have changed.">>) ' \
                  "|| Connection <- rabbit_connection_tracking:list_of_user(#{Cli.erlang_binary(new_resource.viewer)}), " \
                  'Parts <- [tuple_to_list(Connection)], lists:member(direct, Parts), Process <- Parts, is_pid(Process)], ok.'
      end
    end

    # @param candidates [Array<String>] streams that this viewer read until now
    def drop_unread(candidates)
      read = broker.select('permissions', 'vhost' => new_resource.vhost).flat_map { |row| Viewer.streams_in(row['read']) }
      (candidates - read).each { |name| drop(name) }
    end

    def drop(name)
      where = new_resource.vhost
      declare_resource(:rabbitmq_webstomp_stream, name) do
        vhost where
        with_data true
        action :delete
      end
    end

    def remove_viewer
      name = new_resource.viewer
      read = broker.permissions(name, new_resource.vhost)&.fetch('read')
      if broker.user(name)
        declare_resource(:rabbitmq_webstomp_permissions, name) { action :clear }
        end_connections
        declare_resource(:rabbitmq_webstomp_user, name) { action :delete }
      end
      drop viewer.document_stream.name
      drop_unread Viewer.streams_in(read)
      declare_resource(:file, loopback_file) { action :delete }
      loopback(broker.loopback_users - [name])
    end
  end
end
