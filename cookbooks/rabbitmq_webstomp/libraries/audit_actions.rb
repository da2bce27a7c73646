# frozen_string_literal: true

require 'securerandom'

module RabbitmqWebstomp
  # The steps of rabbitmq_webstomp_audit's actions.
  module AuditActions
    SERVICE = 'hubblecast-audit'
    PROGRAM = '/opt/hubblecast-audit'
    ETC = '/etc/hubblecast-audit'
    UNIT = '/etc/systemd/system/hubblecast-audit.service'
    SOCKET = '/run/hubblecast-audit/visitors.sock'

    def package_modules
      declare_resource(:package, %w(python3 python3-pika python3-prometheus-client)) { options '--no-install-recommends' }
    end

    def account
      declare_resource(:group, SERVICE) { system true }
      declare_resource(:user, SERVICE) do
        comment 'Audit of the message broker'
        group SERVICE
        home '/nonexistent'
        manage_home false
        shell '/usr/sbin/nologin'
        system true
      end
    end

    def program
      restart = restart_service
      declare_resource(:remote_directory, ::File.join(PROGRAM, 'hubblecast_audit')) do
        cookbook 'rabbitmq_webstomp'
        source 'hubblecast_audit'
        owner 'root'
        group 'root'
        mode '0755'
        files_mode '0644'
        recursive true
        purge true
        notifies :restart, restart, :delayed
      end
    end

    def secret_files
      restart = restart_service
      authority = new_resource.ca
      declare_resource(:directory, ETC) { mode '0755' }
      { password_path => password, ca_path => authority }.each do |path, text|
        declare_resource(:file, path) do
          group SERVICE
          mode '0640'
          content text if text
          sensitive true
          action(text ? :create : :delete)
          notifies :restart, restart, :delayed
        end
      end
    end

    # Made once, on this machine: nobody else needs it.
    def password
      @password ||= Machine.read(password_path)&.strip || SecureRandom.hex(32)
    end

    def password_path
      ::File.join(ETC, 'password')
    end

    def ca_path
      ::File.join(ETC, 'ca.crt')
    end

    def broker_rights
      asked = new_resource
      secret = password
      own = asked.queue.gsub('.', '\.')
      declare_resource(:rabbitmq_webstomp_user, asked.user) { password secret }
      declare_resource(:rabbitmq_webstomp_permissions, asked.user) do
        vhost asked.vhost
        configure "^#{own}$"
        write "^#{own}$"
        read "^(?:#{own}|amq\\.rabbitmq\\.(?:event|log))$"
      end
    end

    def arguments
      scheme, address = new_resource.broker_address.split('://')
      [
        '--node', broker.node_name, '--url', "#{scheme}://#{new_resource.user}@#{address}/#{new_resource.vhost.gsub('/', '%%2f')}",
        '--password-file', password_path, *(['--ca', ca_path] if new_resource.ca), '--queue', new_resource.queue,
        '--state', '/var/lib/hubblecast-audit', '--visitors', SOCKET, '--visitors-group', new_resource.web_server_group,
        '--metrics', new_resource.metrics_listener
      ]
    end

    def audit_unit
      restart = restart_service
      daemon_reload = declare_resource(:execute, 'systemd reads the audit anew') do
        command %w(systemctl daemon-reload)
        action :nothing
      end
      values = { arguments: arguments, group: new_resource.web_server_group, program: PROGRAM, account: SERVICE }
      declare_resource(:template, UNIT) do
        source 'hubblecast-audit.service.erb'
        cookbook 'rabbitmq_webstomp'
        mode '0644'
        variables values
        notifies :run, daemon_reload, :immediately
        notifies :restart, restart, :delayed
      end
      declare_resource(:service, SERVICE) { action %i(enable start) }
    end

    def restart_service
      find_resource(:service, "#{SERVICE}, with what is new") do
        service_name SERVICE
        action :nothing
      end
    end

    def remove_service
      declare_resource(:service, SERVICE) { action %i(stop disable) }
      daemon_reload = declare_resource(:execute, 'systemd forgets the audit') do
        command %w(systemctl daemon-reload)
        action :nothing
      end
      declare_resource(:file, UNIT) do
        action :delete
        notifies :run, daemon_reload, :immediately
      end
    end

    def remove_files
      [PROGRAM, ETC, '/var/lib/hubblecast-audit'].each do |folder|
        declare_resource(:directory, folder) do
          recursive true
          action :delete
        end
      end
      declare_resource(:user, SERVICE) { action :remove }
      declare_resource(:group, SERVICE) { action :remove }
    end

    def remove_rights
      asked = new_resource
      declare_resource(:rabbitmq_webstomp_user, asked.user) { action :delete }
      return unless broker.queue(asked.vhost, asked.queue)

      declare_resource(:rabbitmq_webstomp_queue, asked.queue) do
        vhost asked.vhost
        with_data true
        action :delete
      end
    end
  end
end
